package peer;

import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichFilterFunction;
import org.apache.flink.api.common.serialization.DeserializationSchema;
import org.apache.flink.api.common.serialization.SerializationSchema;
import org.apache.flink.api.common.typeinfo.PrimitiveArrayTypeInfo;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.flink.connector.kafka.sink.KafkaSink;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/** Flink in one process, parallelism 1: source, filter, sink; at least once, checkpoint every five seconds. */
public final class Flink {
    public static final class Bytes implements DeserializationSchema<byte[]>, SerializationSchema<byte[]> {
        @Override public byte[] deserialize(byte[] value) { return value; }
        @Override public boolean isEndOfStream(byte[] value) { return false; }
        @Override public byte[] serialize(byte[] value) { return value; }
        @Override public TypeInformation<byte[]> getProducedType() {
            return PrimitiveArrayTypeInfo.BYTE_PRIMITIVE_ARRAY_TYPE_INFO;
        }
    }

    public static final class Filter extends RichFilterFunction<byte[]> {
        private transient Match match;

        @Override public void open(OpenContext context) throws Exception { match = new Match(); }
        @Override public boolean filter(byte[] value) { return match.test(value); }
    }

    private static KafkaSource<byte[]> source(String broker) {
        return KafkaSource.<byte[]>builder().setBootstrapServers(broker).setTopics(System.getenv("TOPIC"))
            .setGroupId(System.getenv("GROUP")).setStartingOffsets(OffsetsInitializer.earliest())
            .setBounded(OffsetsInitializer.latest()).setProperty("check.crcs", "false")
            .setValueOnlyDeserializer(new Bytes()).build();
    }

    private static KafkaSink<byte[]> sink(String broker) {
        return KafkaSink.<byte[]>builder().setBootstrapServers(broker)
            .setDeliveryGuarantee(DeliveryGuarantee.AT_LEAST_ONCE)
            .setProperty("compression.type", "lz4").setProperty("linger.ms", "20")
            .setRecordSerializer(KafkaRecordSerializationSchema.<byte[]>builder()
                .setTopic(System.getenv("OUT")).setValueSerializationSchema(new Bytes()).build()).build();
    }

    public static void main(String[] args) throws Exception {
        Configuration configuration = new Configuration();
        configuration.set(PipelineOptions.OBJECT_REUSE, true);
        StreamExecutionEnvironment env = StreamExecutionEnvironment.createLocalEnvironment(1, configuration);
        env.enableCheckpointing(5000);
        String broker = System.getenv("BROKER");
        env.fromSource(source(broker), WatermarkStrategy.noWatermarks(), "records").filter(new Filter())
            .sinkTo(sink(broker));
        env.execute("peer");
        System.exit(0);
    }
}
