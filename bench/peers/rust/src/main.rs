// Hand-written Rust consumer: rdkafka, serde_json with borrowed text, aho-corasick's DFA; at least once.
use aho_corasick::{AhoCorasick, AhoCorasickKind};
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use rdkafka::{ClientConfig, Message, Offset, TopicPartitionList};
use serde::Deserialize;
use std::borrow::Cow;
use std::time::{Duration, Instant};

#[derive(Deserialize)]
struct Record<'a> {
    #[serde(borrow)]
    text: Cow<'a, str>,
}

fn env(key: &str) -> String {
    std::env::var(key).expect(key)
}

fn consumer() -> BaseConsumer {
    let consumer: BaseConsumer = ClientConfig::new()
        .set("bootstrap.servers", env("BROKER"))
        .set("group.id", env("GROUP"))
        .set("enable.auto.commit", "false")
        .set("enable.auto.offset.store", "false")
        .set("auto.offset.reset", "earliest")
        .set("fetch.wait.max.ms", "100")
        .set("fetch.queue.backoff.ms", "10")
        .create()
        .unwrap();
    consumer.subscribe(&[&env("TOPIC")]).unwrap();
    consumer
}

fn producer() -> BaseProducer {
    ClientConfig::new()
        .set("bootstrap.servers", env("BROKER"))
        .set("acks", "all")
        .set("linger.ms", "20")
        .set("compression.type", "lz4")
        .create()
        .unwrap()
}

/// Two different phrases are in the text.
fn two(automaton: &AhoCorasick, text: &str) -> bool {
    let mut hits = automaton.find_overlapping_iter(text).map(|hit| hit.pattern());
    match hits.next() {
        Some(first) => hits.any(|other| other != first),
        None => false,
    }
}

/// Warnings first, then the offsets.
fn commit(consumer: &BaseConsumer, producer: &BaseProducer, topic: &str, next: &[i64]) {
    producer.flush(Duration::from_secs(30)).unwrap();
    let mut list = TopicPartitionList::new();
    for (partition, &offset) in next.iter().enumerate().filter(|(_, &offset)| offset > 0) {
        list.add_partition_offset(topic, partition as i32, Offset::Offset(offset)).unwrap();
    }
    consumer.commit(&list, CommitMode::Async).unwrap();
}

fn main() {
    let phrases = std::fs::read_to_string(env("PHRASES")).unwrap();
    let automaton = AhoCorasick::builder()
        .kind(Some(AhoCorasickKind::DFA))
        .build(phrases.split_whitespace())
        .unwrap();
    let total: u64 = env("RECORDS").parse().unwrap();
    let (topic, out) = (env("TOPIC"), env("OUT"));
    let (consumer, producer) = (consumer(), producer());
    let mut next = vec![0; env("PARTITIONS").parse().unwrap()];
    let mut seen = 0;
    let mut committed = Instant::now();
    while seen < total {
        let message = match consumer.poll(Duration::from_millis(100)) {
            Some(Ok(message)) => message,
            Some(Err(error)) => {
                eprintln!("{error}");
                continue;
            }
            None => continue,
        };
        seen += 1;
        if let Some(payload) = message.payload() {
            if serde_json::from_slice::<Record>(payload).is_ok_and(|record| two(&automaton, &record.text)) {
                while producer.send(BaseRecord::<[u8], [u8]>::to(&out).payload(payload)).is_err() {
                    producer.poll(Duration::from_millis(10));
                }
            }
        }
        next[message.partition() as usize] = message.offset() + 1;
        if seen == total / 2 {
            println!("SEEN {seen}");
        }
        if seen == total || (seen % 1000 == 0 && committed.elapsed() >= Duration::from_secs(5)) {
            committed = Instant::now();
            commit(&consumer, &producer, &topic, &next);
        }
    }
    println!("SEEN {seen}");
}
