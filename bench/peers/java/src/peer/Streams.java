package peer;

import static org.apache.kafka.streams.StreamsConfig.consumerPrefix;
import static org.apache.kafka.streams.StreamsConfig.producerPrefix;

import java.time.Duration;
import java.util.Properties;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Produced;

/** Kafka Streams: one stream thread, at least once, commit every five seconds. */
public final class Streams {
    private static Properties properties() {
        Properties p = new Properties();
        p.put(StreamsConfig.APPLICATION_ID_CONFIG, System.getenv("GROUP"));
        p.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, System.getenv("BROKER"));
        p.put(StreamsConfig.STATE_DIR_CONFIG, System.getenv("STATE"));
        p.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, "1");
        p.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.AT_LEAST_ONCE);
        p.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, "5000");
        p.put(consumerPrefix("auto.offset.reset"), "earliest");
        p.put(consumerPrefix("check.crcs"), "false");
        p.put(producerPrefix("compression.type"), "lz4");
        p.put(producerPrefix("linger.ms"), "20");
        return p;
    }

    public static void main(String[] args) throws Exception {
        Match match = new Match();
        StreamsBuilder builder = new StreamsBuilder();
        builder.stream(System.getenv("TOPIC"), Consumed.with(Serdes.ByteArray(), Serdes.ByteArray()))
            .filter((key, value) -> match.test(value))
            .to(System.getenv("OUT"), Produced.with(Serdes.ByteArray(), Serdes.ByteArray()));
        KafkaStreams streams = new KafkaStreams(builder.build(), properties());
        streams.start();
        while (!Match.done()) Thread.sleep(20);
        streams.close(Duration.ofSeconds(20));
    }
}
