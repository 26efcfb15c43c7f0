# telsieve - build, test, install.
#
#   make            build/telsieve, libtelsieve (static and shared) and its .pc file
#   make demo       build and show the daemon at work on an embedded broker
#   make check      everything there is to pass (installs what the tests need)
#   make bench      every bench that is quick (2 minutes; NAMES="stages engine": only these)
#   make bench-full all of them (up to 41 minutes), make bench-report: docs/benchmarks.md from what they wrote
#   make eval       what the libraries find and what they wrongly warn of (DATA=folder of labelled texts)
#   make install    PREFIX=/usr/local DESTDIR=
#
# MODE=release|debug|asan|tsan   CC=gcc|clang   WERROR=1   BUILD=folder   V=1 (whole command lines)
# Hyperscan or Vectorscan, whichever pkg-config finds as libhs.

VERSION := 1.0.0
MODE    ?= release
PREFIX  ?= /usr/local
BUILD   ?= $(if $(filter release,$(MODE)),build,build/$(MODE))
PYTHON  ?= /usr/bin/python3
PKG_CONFIG ?= pkg-config

# Short lines unless V=1.
Q   := $(if $(V),,@)
SAY  = $(if $(V),,@echo "  $(1) $@")

ENGINE_PKGS := libhs jansson libpcre2-8 libcrypto libxxhash libpsl simdjson
DAEMON_PKGS := rdkafka libmicrohttpd libsystemd sqlite3
CLI_PKGS    := libcurl

# ---- sources: one line a room ---------------------------------------------------------------------------------

CORE   := arena array day distinct err file ids log metrics statistics utf8 version
CONFIG := options values topics properties listen config document place problems secret
RECORD := record reason value keys repair base64 charset gsm7 csv feed json_name json_string json_value json_writer \
          json_reader json_quick line intake row_reader decoder digits number_form number number_lead number_name \
          number_plan canon canon_text canon_digits canon_map canon_rewrite han folding folding_file contact \
          contact_amount contact_host contact_host_read contact_idn contact_digits contact_lexicon contact_number \
          contact_run contact_tables contact_term contact_wallet contact_word name_set institution imitation claim \
          fingerprint warning warning_short
MATCH  := template digits fragment expression_parse expression_term expression_problem expression_resolve \
          expression_eval expression_trigger expression_possible expression_explain expression_lint span fact \
          fact_fields fact_signal optout library library_read library_places library_sets library_rules \
          library_samples library_link library_format library_promote polarity polarity_mark polarity_quote \
          polarity_words segment anchor regex_anchor database scan scan_regex sequence sequence_piece \
          sequence_neighbour sequence_plain sequence_filter text_words variants variants_file variants_filter cache \
          identity database_cache proof variants_order variants_own variants_places variants_index variants_letters \
          variants_make variants_meant spaced undisguise reference ruleset ruleset_read ruleset_hash ruleset_index \
          ruleset_bind ruleset_invert ruleset_lead selftest selftest_phrases selftest_changed selftest_words \
          phrase_text candidates evaluate evaluate_rule evaluate_scope evaluate_why lint lint_phrases lint_samples \
          lint_background judge explain explain_folding explain_near expression_fact fragment_regex regex_words \
          regex_digits alert alert_rules settings session store floor fact_list lists lists_epoch lists_file \
          lists_find lists_key lists_origin lists_snapshot lists_spans lists_sweep lists_table model model_weigh \
          model_view keyring signature signing_key victim evidence evidence_digest evidence_note evidence_read
KAFKA  := client history recall ledger prefetch consumer assignment owners parcel channel producer survey follower \
          announcer mock
DAEMON := worker books pipeline dead_letter quarantine fed_set compile_job compile_child compiler attempt \
          attempt_trial scratch reload reload_turn reload_proof depot depot_folder offers offers_settle \
          offer_signature audit followed library_feed list_intake list_value list_feed control control_answers \
          control_report control_rule control_pages disk hit_ring archive feedback feedback_word admin admin_socket \
          pages pages_rules metrics_page evidence_page breaker promotion status pulse notify watch daemon \
          daemon_events
EVAL   := eval eval_senders eval_read eval_judge eval_tally eval_table eval_show eval_errors eval_compare \
          eval_suggest grams eval_json
REPLAY := replay replay_side replay_judge replay_print replay_summary replay_files replay_topics \
          replay_emit replay_letters
LEARN  := learn learn_texts learn_terms learn_choose learn_fit learn_cross learn_measure learn_write learn_print
CLI    := main args tally blocks crew file_lines run compile scan scan_line check check_watch fmt phrases \
          phrases_export phrases_import cell read_file write_file explain explain_print explain_text bench \
          bench_stages corpus stage_timer demo generate rules_promote rules_delivery show grid rules rules_keys \
          rules_sign rules_verify rules_way rules_watch rules_list rules_push rules_parcel rules_report rules_diff \
          rules_history rules_recall library_diff fleet node_http topic_reader past warning_sender withdrawal \
          withdrawal_send $(EVAL) $(REPLAY) $(LEARN)

ENGINE_SRC := $(CORE:%=src/core/%.c) $(CONFIG:%=src/config/%.c) $(RECORD:%=src/record/%.c) \
              $(MATCH:%=src/match/%.c) src/match/telsieve.c
DAEMON_SRC := $(KAFKA:%=src/kafka/%.c) $(DAEMON:%=src/daemon/%.c)
CLI_SRC    := $(CLI:%=src/cli/%.c)

# ---- flags ----------------------------------------------------------------------------------------------------

WARNINGS := -Wall -Wextra -Wshadow -Wconversion -Wvla -Wformat=2 -Wundef -Wpointer-arith $(if $(WERROR),-Werror)
CWARN    := $(WARNINGS) -Wstrict-prototypes -Wmissing-prototypes
HARDEN   := -fstack-protector-strong -fstack-clash-protection -fcf-protection
FLAGS_release := -O2 -g -D_FORTIFY_SOURCE=2
FLAGS_debug   := -O0 -g3
FLAGS_asan    := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
FLAGS_tsan    := -O1 -g -fsanitize=thread -fno-omit-frame-pointer
MODE_FLAGS := $(or $(FLAGS_$(MODE)),$(error MODE must be release, debug, asan or tsan))

PKG_CFLAGS := $(shell $(PKG_CONFIG) --cflags $(ENGINE_PKGS) $(DAEMON_PKGS) $(CLI_PKGS) 2>/dev/null)
ENGINE_LIBS = $(shell $(PKG_CONFIG) --libs $(ENGINE_PKGS)) -lstdc++ -lm -lpthread
DAEMON_LIBS = $(shell $(PKG_CONFIG) --libs $(DAEMON_PKGS)) -lev
CLI_LIBS    = $(shell $(PKG_CONFIG) --libs $(CLI_PKGS))

CPPFLAGS += -D_GNU_SOURCE -DTELSIEVE_VERSION='"$(VERSION)"' -Isrc -Iinclude -I$(BUILD)/gen $(PKG_CFLAGS)
ALL_CFLAGS   := -std=c17 $(CWARN) $(MODE_FLAGS) $(HARDEN) -fPIC -fvisibility=hidden -pthread $(CFLAGS)
ALL_CXXFLAGS := -std=c++17 $(WARNINGS) $(MODE_FLAGS) $(HARDEN) -fPIC -fvisibility=hidden -fno-exceptions -fno-rtti $(CXXFLAGS)
ALL_LDFLAGS  := $(filter -fsanitize=%,$(MODE_FLAGS)) -pthread -Wl,-z,relro -Wl,-z,now -Wl,--as-needed $(LDFLAGS)

# ---- what is built --------------------------------------------------------------------------------------------

OBJ = $(patsubst %.cpp,$(BUILD)/obj/%.o,$(patsubst %.c,$(BUILD)/obj/%.o,$(1)))
SHIM_OBJ   := $(BUILD)/obj/src/record/decode_simdjson.o
ENGINE_OBJ := $(call OBJ,$(ENGINE_SRC)) $(SHIM_OBJ)
DAEMON_OBJ := $(call OBJ,$(DAEMON_SRC))
CLI_OBJ    := $(call OBJ,$(CLI_SRC))

.PHONY: all
all: $(BUILD)/telsieve $(BUILD)/libtelsieve.a $(BUILD)/libtelsieve.so $(BUILD)/telsieve.pc

$(BUILD)/telsieve: $(CLI_OBJ) $(DAEMON_OBJ) $(BUILD)/libengine.a
	$(call SAY,LINK)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -pie -o $@ $^ $(CLI_LIBS) $(DAEMON_LIBS) $(ENGINE_LIBS)

$(BUILD)/libengine.a: $(ENGINE_OBJ)
	$(Q)rm -f $@; $(AR) rcs $@ $^

# For users: one object in which only telsieve_… can be seen.
$(BUILD)/libtelsieve.a: $(ENGINE_OBJ)
	$(Q)$(LD) -r -o $(BUILD)/libtelsieve.o $^
	$(Q)objcopy --localize-hidden $(BUILD)/libtelsieve.o
	$(Q)rm -f $@; $(AR) rcs $@ $(BUILD)/libtelsieve.o

# For tests: the daemon's rooms without main.
$(BUILD)/libdaemon.a: $(DAEMON_OBJ)
	$(Q)rm -f $@; $(AR) rcs $@ $^

$(BUILD)/libtelsieve.so: $(ENGINE_OBJ)
	$(Q)$(CC) -shared -Wl,-soname,libtelsieve.so.1 $(ALL_LDFLAGS) -o $@ $^ $(ENGINE_LIBS)

$(BUILD)/telsieve.pc: telsieve.pc.in Makefile
	@mkdir -p $(@D)
	$(Q)sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@VERSION@|$(VERSION)|' -e 's|@REQUIRES@|$(ENGINE_PKGS)|' $< > $@

$(BUILD)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(call SAY,CC)
	$(Q)$(CC) $(CPPFLAGS) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/obj/%.o: %.cpp
	@mkdir -p $(@D)
	$(Q)$(CXX) $(CPPFLAGS) $(ALL_CXXFLAGS) -MMD -MP -c -o $@ $<

# The floors that benches compare with are what the machine can do at best; the decoder shares the file of one.
$(SHIM_OBJ): ALL_CXXFLAGS += $(if $(filter release,$(MODE)),-O3)
$(BUILD)/obj/src/match/floor.o: ALL_CFLAGS += $(if $(filter release,$(MODE)),-O3)

# Tables made from the unicode-data package.
$(BUILD)/gen/unicode_tables.h: tools/gen_unicode.py
	@mkdir -p $(@D)
	$(Q)$(PYTHON) $< /usr/share/unicode > $@.tmp && mv $@.tmp $@
$(BUILD)/obj/src/record/canon.o $(BUILD)/obj/src/record/folding.o: $(BUILD)/gen/unicode_tables.h
$(BUILD)/gen/han_tables.h: tools/gen_han.py
	@mkdir -p $(@D)
	$(Q)$(PYTHON) $< /usr/share/unicode > $@.tmp && mv $@.tmp $@
$(BUILD)/obj/src/record/han.o: $(BUILD)/gen/han_tables.h

-include $(shell find $(BUILD)/obj -name '*.d' 2>/dev/null)

# ---- unit tests: one program per file of tests/unit, linked with the archives ----------------------------------

TSAN_SHIM := $(if $(filter tsan,$(MODE)),$(BUILD)/obj/tests/tsan_threads.o)
UNIT_SRC := $(wildcard tests/unit/*/test_*.c)
UNIT_BIN := $(UNIT_SRC:tests/unit/%.c=$(BUILD)/unit/%)

$(BUILD)/unit/%: $(BUILD)/obj/tests/unit/%.o $(BUILD)/libdaemon.a $(BUILD)/libengine.a $(TSAN_SHIM)
	$(call SAY,LINK)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(DAEMON_LIBS) $(ENGINE_LIBS) $(UNIT_LIBS) -lcheck -lsubunit -lrt -lm
$(BUILD)/unit/cli/test_generate: $(BUILD)/obj/src/cli/generate.o
$(BUILD)/unit/cli/test_fleet: $(BUILD)/obj/src/cli/fleet.o
$(BUILD)/unit/cli/test_grams: $(BUILD)/obj/src/cli/grams.o
$(BUILD)/unit/cli/test_learn_fit: $(BUILD)/obj/src/cli/learn_fit.o
$(BUILD)/unit/record/test_canon_property: UNIT_LIBS := -licuuc -licui18n

.SECONDARY: $(UNIT_SRC:%.c=$(BUILD)/obj/%.o)
.PHONY: unit
unit: $(UNIT_BIN)
	@tests/run_each $(UNIT_BIN)

# ---- other test programs --------------------------------------------------------------------------------------

# Threaded tests; gcc's TSan does not know C11 threads, which librdkafka uses: tests/tsan_threads.c maps them.
TSAN_BIN := $(patsubst %,$(BUILD)/unit/%,match/test_store match/test_lists_threads daemon/test_worker daemon/test_list_feed \
              daemon/test_archive daemon/test_feedback daemon/test_disk daemon/test_reload_feed daemon/test_reload_judge)
.PHONY: tsan
tsan: $(TSAN_BIN)
	@tests/run_each $^

# A daemon that really crashes on a record with this text, for the quarantine's test.
$(BUILD)/tests/telsieve-crash: src/daemon/pipeline.c $(CLI_OBJ) $(filter-out %/daemon/pipeline.o,$(DAEMON_OBJ)) $(BUILD)/libengine.a
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) -DTELSIEVE_CRASH_TEXT='"崩溃测试"' $(ALL_CFLAGS) $(ALL_LDFLAGS) -pie -o $@ $(filter-out %.h,$^) $(CLI_LIBS) $(DAEMON_LIBS) $(ENGINE_LIBS)
$(BUILD)/tests/kadmin: tests/kafka/kadmin.c
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $< $(DAEMON_LIBS)
# The follower and the announcer of control topics as programs.
$(BUILD)/tests/kcontrol: $(BUILD)/obj/tests/kafka/kcontrol.o $(BUILD)/libdaemon.a $(BUILD)/libengine.a
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(DAEMON_LIBS) $(ENGINE_LIBS)
.PHONY: tests-programs
tests-programs: all $(BUILD)/tests/telsieve-crash $(BUILD)/tests/kadmin $(BUILD)/tests/kcontrol

# Fuzz targets: `make fuzz-corpus` runs the corpora, `make fuzz TARGET=decode SECONDS=60` looks for more (clang).
FUZZ := $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
$(BUILD)/fuzz/%: $(BUILD)/obj/tests/fuzz/fuzz_%.o $(BUILD)/obj/tests/fuzz/main.o $(BUILD)/libengine.a
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(ENGINE_LIBS)
.PHONY: fuzz-corpus fuzz
fuzz-corpus: $(FUZZ:%=$(BUILD)/fuzz/%)
	@for t in $(FUZZ); do $(BUILD)/fuzz/$$t tests/fuzz/corpus/$$t/* || exit 1; done
fuzz:
	$(MAKE) BUILD=build/fuzz CC=clang CXX=clang++ MODE=debug \
	    CFLAGS='-fsanitize=fuzzer-no-link,address,undefined' CXXFLAGS='-fsanitize=fuzzer-no-link,address,undefined' build/fuzz/libengine.a
	clang -g -fsanitize=fuzzer,address,undefined $(CPPFLAGS) -o build/fuzz/$(TARGET) tests/fuzz/fuzz_$(TARGET).c \
	    build/fuzz/libengine.a $(ENGINE_LIBS)
	mkdir -p build/fuzz/found/$(TARGET)
	build/fuzz/$(TARGET) -max_total_time=$(or $(SECONDS),60) build/fuzz/found/$(TARGET) tests/fuzz/corpus/$(TARGET)

# What is hit is disguised in a dozen ways: how much of it is still found, and does a lawful text then speak?
.PHONY: mutation
mutation: $(BUILD)/telsieve
	PYTHONDONTWRITEBYTECODE=1 $(PYTHON) tests/mutation/run.py $<

# ---- benches: programs of bench/, which see the rooms' headers; bench/run.py runs them ---------------------------

# bench/lib/ is linked to each of them.
BENCH_BIN := $(patsubst bench/%.c,$(BUILD)/bench/%,$(wildcard bench/*.c))
BENCH_LIB := $(call OBJ,$(wildcard bench/lib/*.c) src/cli/generate.c src/cli/corpus.c src/cli/stage_timer.c)
$(BUILD)/bench/%: $(BUILD)/obj/bench/%.o $(BENCH_LIB) $(BUILD)/libdaemon.a $(BUILD)/libengine.a
	@mkdir -p $(@D)
	$(call SAY,LINK)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(DAEMON_LIBS) $(ENGINE_LIBS) $(BENCH_LIBS)
.SECONDARY: $(BENCH_BIN:$(BUILD)/%=$(BUILD)/obj/%.o)
# The last one is linked by bench/matchers.py; compiled here, it keeps up with the engine.
bench-programs: $(BUILD)/telsieve $(BENCH_BIN) $(BUILD)/obj/bench/matchers/telsieve.o

# Instructions of our own code per record and stage, against the stored figures; -update stores them anew.
$(BUILD)/tests/instructions: $(BUILD)/obj/tests/perf/instructions.o $(BENCH_LIB) $(BUILD)/libengine.a
	@mkdir -p $(@D)
	$(call SAY,LINK)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(DAEMON_LIBS) $(ENGINE_LIBS)
$(BUILD)/obj/tests/perf/instructions.o: CPPFLAGS += -Ibench
.PHONY: instructions instructions-update
instructions instructions-update: $(BUILD)/tests/instructions
	$(PYTHON) -B tests/perf/instructions.py $(if $(filter %-update,$@),update,check) $<

# ---- documents made from tables, lints ------------------------------------------------------------------------

$(BUILD)/tools/%: tools/%.c $(BUILD)/libdaemon.a $(BUILD)/libengine.a
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(DAEMON_LIBS) $(ENGINE_LIBS)
.PHONY: docs lint
docs: $(BUILD)/tools/gen_config_doc
	$< > docs/configuration.md
lint: all $(BUILD)/tools/gen_config_doc
	$(PYTHON) tests/lint/layers.py
	$(PYTHON) tests/lint/layers_test.py
	tests/lint/line_width.sh
	tests/lint/mutable_data.sh $(BUILD)
	tests/lint/config_doc.sh $(BUILD)
	tests/lint/systemd.sh
	tests/lint/hardening.sh $(BUILD)
	mandoc -T lint -W warning docs/telsieve.1

# ---- what a user runs -----------------------------------------------------------------------------------------

.PHONY: deps deps-check deps-bench demo check bench bench-full bench-programs bench-report eval
deps:
	@tools/install-deps build
deps-check:
	@tools/install-deps check
deps-bench:
	@tools/install-deps bench
# Sub-makes, so that the libraries just installed are found. The demo's stdout is warnings only.
demo:
	@tools/install-deps build >&2
	@$(MAKE) --no-print-directory -j$$(nproc) build/telsieve >&2
	@build/telsieve demo
check: deps-check
	@tests/check
bench: deps
	@$(MAKE) --no-print-directory -s -j$$(nproc) bench-programs
	@$(PYTHON) -B bench/run.py quick $(NAMES)
bench-full: deps-bench
	@$(MAKE) --no-print-directory -s -j$$(nproc) bench-programs
	@$(PYTHON) -B bench/run.py full $(NAMES)
bench-report: deps-bench
	@$(PYTHON) -B bench/report.py
# Labelled texts are not part of the project; without them its own cases are measured, which the libraries were written
# with: beside labelled texts only the measuring rods of them are.
DATA ?= ../shared/data
LABELLED = $(wildcard $(DATA)/*.tsv)
eval: deps
	@$(MAKE) --no-print-directory -s -j$$(nproc) build/telsieve
	@$(if $(LABELLED),,echo "no labelled texts (*.tsv) in $(DATA): only tests/cases is measured, which the libraries were written with")
	@build/telsieve eval --brief --by-file --sender-map conf/senders.json \
		$(if $(LABELLED),$(LABELLED) $(wildcard tests/cases/rod_*.jsonl),$(wildcard tests/cases/*.jsonl))

# ---- install --------------------------------------------------------------------------------------------------

BINDIR := $(DESTDIR)$(PREFIX)/bin
LIBDIR := $(DESTDIR)$(PREFIX)/lib
SHAREDIR := $(DESTDIR)$(PREFIX)/share
.PHONY: install uninstall install-check
install: all
	install -D -m 755 $(BUILD)/telsieve $(BINDIR)/telsieve
	install -D -m 644 $(BUILD)/libtelsieve.a $(LIBDIR)/libtelsieve.a
	install -D -m 755 $(BUILD)/libtelsieve.so $(LIBDIR)/libtelsieve.so.$(VERSION)
	ln -sf libtelsieve.so.$(VERSION) $(LIBDIR)/libtelsieve.so.1
	ln -sf libtelsieve.so.1 $(LIBDIR)/libtelsieve.so
	install -D -m 644 $(BUILD)/telsieve.pc $(LIBDIR)/pkgconfig/telsieve.pc
	install -D -m 644 include/telsieve/telsieve.h $(DESTDIR)$(PREFIX)/include/telsieve/telsieve.h
	install -D -m 644 docs/telsieve.1 $(SHAREDIR)/man/man1/telsieve.1
	install -D -m 644 conf/telsieve.json $(SHAREDIR)/telsieve/telsieve.json
	install -D -m 644 conf/senders.json $(SHAREDIR)/telsieve/senders.json
	install -d $(SHAREDIR)/telsieve/patterns/numbers
	install -m 644 patterns/*.json patterns/*.txt $(SHAREDIR)/telsieve/patterns/
	install -m 644 patterns/numbers/*.json $(SHAREDIR)/telsieve/patterns/numbers/
	install -d $(SHAREDIR)/telsieve/patterns/lists
	install -d $(LIBDIR)/systemd/system
	sed 's|/usr/bin/telsieve|$(PREFIX)/bin/telsieve|' systemd/telsieve.service > $(LIBDIR)/systemd/system/telsieve.service
uninstall:
	rm -f $(BINDIR)/telsieve $(LIBDIR)/libtelsieve.a $(LIBDIR)/libtelsieve.so* $(LIBDIR)/pkgconfig/telsieve.pc \
	    $(SHAREDIR)/man/man1/telsieve.1 $(LIBDIR)/systemd/system/telsieve.service
	rm -rf $(DESTDIR)$(PREFIX)/include/telsieve $(SHAREDIR)/telsieve
install-check: all
	tests/install_check.sh $(BUILD)

.PHONY: clean
clean:
	rm -rf build
