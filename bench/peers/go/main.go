// Hand-written Go consumer: franz-go, goccy/go-json, an Aho-Corasick module; at least once.
package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
	"unsafe"

	aho "github.com/BobuSumisu/aho-corasick"
	"github.com/goccy/go-json"
	"github.com/twmb/franz-go/pkg/kgo"
)

type record struct {
	Text string `json:"text"`
}

func try[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

// two tells whether two different phrases are in the text.
func two(trie *aho.Trie, text string) bool {
	first, hit := int64(-1), false
	trie.Walk(unsafe.Slice(unsafe.StringData(text), len(text)), func(_, _, phrase int64) bool {
		if first < 0 {
			first = phrase
		}
		hit = first != phrase
		return !hit
	})
	return hit
}

func main() {
	phrases := strings.Fields(string(try(os.ReadFile(os.Getenv("PHRASES")))))
	trie := aho.NewTrieBuilder().AddStrings(phrases).Build()
	total := try(strconv.Atoi(os.Getenv("RECORDS")))
	out := os.Getenv("OUT")
	client := try(kgo.NewClient(
		kgo.SeedBrokers(os.Getenv("BROKER")), kgo.ConsumerGroup(os.Getenv("GROUP")), kgo.ConsumeTopics(os.Getenv("TOPIC")),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.DisableAutoCommit(), kgo.DisableFetchCRCValidation(),
		kgo.FetchMaxWait(100*time.Millisecond), kgo.ProducerLinger(20*time.Millisecond),
		kgo.ProducerBatchCompression(kgo.Lz4Compression())))
	ctx := context.Background()
	var failed atomic.Int64
	acknowledged := func(_ *kgo.Record, err error) {
		if err != nil {
			failed.Add(1)
		}
	}
	seen, commit, half := 0, time.Now(), false
	for seen < total {
		client.PollRecords(ctx, 20000).EachRecord(func(r *kgo.Record) {
			var x record
			seen++
			if json.Unmarshal(r.Value, &x) == nil && two(trie, x.Text) {
				client.Produce(ctx, &kgo.Record{Topic: out, Value: r.Value}, acknowledged)
			}
		})
		if !half && seen >= total/2 {
			half = true
			fmt.Println("SEEN", seen)
		}
		if time.Since(commit) >= 5*time.Second || seen >= total {
			commit = time.Now()
			if err := client.Flush(ctx); err != nil || failed.Load() > 0 {
				panic("produce failed") // warnings first, then the offsets
			}
			if err := client.CommitUncommittedOffsets(ctx); err != nil {
				panic(err)
			}
		}
	}
	fmt.Println("SEEN", seen)
	client.Close()
}
