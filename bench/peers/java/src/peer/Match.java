package peer;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.hankcs.algorithm.AhoCorasickDoubleArrayTrie;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;

/** Parse a record and match all phrases: true when two different ones are in its text. Tells how many were seen. */
public final class Match {
    @JsonIgnoreProperties(ignoreUnknown = true)
    public static final class Record {
        public String text;
    }

    private static final class Two implements AhoCorasickDoubleArrayTrie.IHitCancellable<Integer> {
        int first = -1;
        boolean found;

        @Override public boolean hit(int begin, int end, Integer phrase) {
            if (first < 0) first = phrase;
            found = first != phrase;
            return !found;
        }
    }

    private static final long TOTAL = Long.parseLong(System.getenv("RECORDS"));
    private static final AtomicLong SEEN = new AtomicLong();
    private final ObjectReader reader = new ObjectMapper().readerFor(Record.class);
    private final AhoCorasickDoubleArrayTrie<Integer> trie = new AhoCorasickDoubleArrayTrie<>();

    public Match() throws IOException {
        TreeMap<String, Integer> phrases = new TreeMap<>();
        for (String phrase : Files.readAllLines(Path.of(System.getenv("PHRASES")))) phrases.put(phrase, phrases.size());
        trie.build(phrases);
    }

    public boolean test(byte[] payload) {
        Two two = new Two();
        try {
            Record record = reader.readValue(payload);
            if (record.text != null) trie.parseText(record.text, two);
        } catch (IOException e) {
            two.found = false; // not a record
        }
        long n = SEEN.incrementAndGet();
        if (n == TOTAL / 2 || n == TOTAL) {
            System.out.println("SEEN " + n);
            System.out.flush();
        }
        return two.found;
    }

    public static boolean done() {
        return SEEN.get() >= TOTAL;
    }
}
