// Two Aho-Corasick automata, by the protocol of ../harness.h: aho dfa|nfa|daachorse LITERALS TEXTS
use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use daachorse::DoubleArrayAhoCorasick;
use std::io::{BufRead, Write};

const ROUND_NS: f64 = 300e6;
const LEAST_TEXTS: usize = 50;

fn read_blobs(path: &str) -> Vec<Vec<u8>> {
    let all = std::fs::read(path).expect(path);
    let (mut out, mut at) = (Vec::new(), 0);
    while at + 4 <= all.len() {
        let n = u32::from_ne_bytes(all[at..at + 4].try_into().unwrap()) as usize;
        out.push(all[at + 4..at + 4 + n].to_vec());
        at += 4 + n;
    }
    out
}

fn resident_mib() -> f64 {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    statm.split(' ').nth(1).and_then(|n| n.parse::<f64>().ok()).unwrap_or(0.0) * 4096.0 / 1048576.0
}

extern "C" {
    fn clock_gettime(clock: i32, at: *mut [i64; 2]) -> i32;
}

fn cpu_ns() -> f64 {
    let mut at = [0i64; 2];
    unsafe { clock_gettime(2, &mut at) }; // CLOCK_PROCESS_CPUTIME_ID
    at[0] as f64 * 1e9 + at[1] as f64
}

enum Matcher {
    Crate(AhoCorasick),
    Daachorse(DoubleArrayAhoCorasick<u32>),
}

impl Matcher {
    fn build(kind: &str, literals: &[Vec<u8>]) -> Matcher {
        if kind == "daachorse" {
            return Matcher::Daachorse(DoubleArrayAhoCorasick::new(literals).expect("daachorse"));
        }
        let kind = if kind == "dfa" { AhoCorasickKind::DFA } else { AhoCorasickKind::ContiguousNFA };
        let made = AhoCorasick::builder().kind(Some(kind)).match_kind(MatchKind::Standard).build(literals);
        Matcher::Crate(made.expect("aho-corasick"))
    }

    fn scan(&self, text: &[u8], mut hit: impl FnMut(usize)) {
        match self {
            Matcher::Crate(ac) => ac.find_overlapping_iter(text).for_each(|m| hit(m.pattern().as_usize())),
            Matcher::Daachorse(ac) => ac.find_overlapping_iter(text).for_each(|m| hit(m.value() as usize)),
        }
    }
}

fn check(matcher: &Matcher, nliterals: usize, texts: &[Vec<u8>]) -> (u64, u64, u64) {
    let (mut hits, mut pairs, mut texts_hit) = (0u64, 0u64, 0u64);
    let mut last = vec![usize::MAX; nliterals];
    for (i, text) in texts.iter().enumerate() {
        let before = hits;
        matcher.scan(text, |literal| {
            hits += 1;
            pairs += u64::from(last[literal] != i);
            last[literal] = i;
        });
        texts_hit += u64::from(hits > before);
    }
    (hits, pairs, texts_hit)
}

fn run_round(matcher: &Matcher, texts: &[Vec<u8>]) {
    let (start, mut took, mut hits, mut bytes, mut n) = (cpu_ns(), 0.0, 0u64, 0, 0);
    while n < texts.len() && (n % LEAST_TEXTS != 0 || took < ROUND_NS) {
        matcher.scan(&texts[n], |_| hits += 1);
        bytes += texts[n].len();
        n += 1;
        if n % LEAST_TEXTS == 0 || n == texts.len() {
            took = cpu_ns() - start;
        }
    }
    std::hint::black_box(hits);
    println!("{{\"ns_per_record\": {:.2}, \"bytes_per_record\": {:.2}}}", took / n as f64, bytes as f64 / n as f64);
}

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let (literals, texts) = (read_blobs(&args[2]), read_blobs(&args[3]));
    let (before, start) = (resident_mib(), cpu_ns());
    let matcher = Matcher::build(&args[1], &literals);
    let build_ms = (cpu_ns() - start) / 1e6;
    let (hits, pairs, texts_hit) = check(&matcher, literals.len(), &texts);
    println!(
        "{{\"version\": \"\", \"build_ms\": {build_ms:.3}, \"memory_mib\": {:.2}, \"hits\": {hits}, \
         \"pairs\": {pairs}, \"texts_hit\": {texts_hit}}}",
        resident_mib() - before
    );
    std::io::stdout().flush().unwrap();
    for _ in std::io::stdin().lock().lines() {
        run_round(&matcher, &texts);
        std::io::stdout().flush().unwrap();
    }
}
