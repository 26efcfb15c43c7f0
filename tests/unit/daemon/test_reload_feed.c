/* The loader with libraries that are fed, compiled by a child: what wins, what is refused and why, what is taken
 * back. */
#include "feed_setup.h"

#include "daemon/compiler.h"

#include <dirent.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>

/* One whose rule rests on others. */
static const char *pear(const char *own_sets, const char *when, const char *hit)
{
    static char text[2048];

    snprintf(text, sizeof(text),
             "{\"telsieve\":1,\"library\":\"pear\",\"family\":\"T\",\"title\":\"t\",\"version\":\"1\",\"sets\":{%s},"
             "\"rules\":[{\"id\":\"pear-1\",\"type\":\"t\",\"state\":\"live\",\"tier\":\"low\",\"when\":\"%s\","
             "\"reason\":\"r\",\"hit\":[\"%s\"],\"miss\":[\"晚上回来吃饭吗\"]}]}",
             own_sets, when, hit);
    return text;
}

static size_t live_libraries(void)
{
    size_t n = ruleset_library_count(store_pin(store, 0));

    store_unpin(store, 0);
    return n;
}

static bool is_idle(void)
{
    struct reload_status status;

    reload_read_status(loader, &status);
    free(status.problems);
    return !status.busy;
}

static void await_file(const char *name)
{
    char path[128];

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    for (int waited_ms = 0; access(path, F_OK) != 0; waited_ms += 5) {
        ck_assert_int_lt(waited_ms, PATIENCE_MS);
        usleep(5000);
    }
}

static void remove_file(const char *name)
{
    char path[128];

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    ck_assert_int_eq(unlink(path), 0);
}

/* ---- what wins ---------------------------------------------------------------------------------------------- */

START_TEST(what_is_fed_wins_and_its_withdrawal_lets_the_file_count_again)
{
    char base[80], fed[80];

    snprintf(base, sizeof(base), "%s", live_hash());
    FEED({"apple", library("apple", "", "苹果破损", "苹果破损")}, {"kiwi", library("kiwi", "", "猕猴桃丢失", "猕猴桃丢失")});
    snprintf(fed, sizeof(fed), "%s", expect(NULL, NULL));
    ck_assert_str_ne(fed, base);
    ck_assert_str_eq(live_hash(), fed);
    await_proof();
    FEED({"apple", NULL}, {"kiwi", NULL});
    ck_assert_str_eq(expect(NULL, NULL), base);
    ck_assert_uint_eq(store_generation(store), 3);
}
END_TEST

/* Else who fed would take the outcome for the answer. */
START_TEST(an_outcome_tells_which_feed_it_knew_of)
{
    struct reload_outcome out;

    write_file("slow", "");
    remove_file("begun");
    reload_request(loader);
    await_file("begun");
    FEED({"kiwi", library("kiwi", "", "猕猴桃丢失", "猕猴桃丢失")});
    remove_file("slow");
    for (uint64_t i = 0; i < 2; i++) {
        out = outcome();
        ck_assert_uint_eq(out.fed, i);
        ck_assert_uint_eq(out.live->n, i);
        reload_outcome_fini(&out);
    }
}
END_TEST

START_TEST(what_is_fed_before_the_start_is_live_from_it)
{
    struct err err;

    err_init(&err);
    reload_free(&loader);
    store_free(&store);
    store = store_new(1);
    loader = reload_new(&(struct reload_setup){
        .config = config, .sets = sets, .nsets = 3, .store = store, .done = done, .compiler = script});
    FEED({"kiwi", library("kiwi", "", "猕猴桃丢失", "猕猴桃丢失")}, {"plum", "{"});
    ck_assert_msg(reload_first(loader, &err) == 0, "%s", err.text);
    expect("plum", "control.rules/plum:1:");
    ck_assert_uint_eq(live_libraries(), 3);
    err_fini(&err);
}
END_TEST

START_TEST(nothing_new_makes_no_generation)
{
    const char *text = library("kiwi", "", "猕猴桃丢失", "猕猴桃丢失");

    FEED({"kiwi", text});
    expect(NULL, NULL);
    FEED({"kiwi", text}, {"plum", NULL});
    expect(NULL, NULL);
    ck_assert_uint_eq(store_generation(store), 2);
}
END_TEST

/* ---- what is refused ---------------------------------------------------------------------------------------- */

START_TEST(of_two_libraries_the_bad_one_is_refused_and_the_good_one_live)
{
    FEED({"kiwi", library("kiwi", "", "猕猴桃丢失", "猕猴桃丢失")}, {"plum", library("plum", "", "李子丢失", "桃子丢失")});
    ck_assert_str_eq(expect("plum", "rule plum-1: this hit sample must make the rule warn"), live_hash());
    ck_assert_uint_eq(live_libraries(), 3);
}
END_TEST

/* The problem is told at a rule of a file, which is not what changed. */
START_TEST(one_that_breaks_another_library_is_found_by_trying)
{
    char base[80];

    write_file("rules/pear.json", pear("", "apple.s and caller.personal", "苹果丢失"));
    reload_request(loader);
    snprintf(base, sizeof(base), "%s", expect(NULL, NULL));
    FEED({"apple", library("apple", "", "苹果破损", "苹果破损")});
    ck_assert_str_eq(expect("apple", "rule pear-1: this hit sample"), base);
    FEED({"kiwi", library("kiwi", "", "猕猴桃丢失", "猕猴桃丢失")}, {"apple", library("apple", "", "苹果破碎", "苹果破碎")},
         {"plum", library("quince", "", "李子丢失", "李子丢失")});
    {
        struct reload_outcome out = outcome();

        ck_assert(out.ok);
        ck_assert_uint_eq(out.nrefused, 2);
        ck_assert_str_eq(out.refused[0].name, "apple");
        ck_assert_str_eq(out.refused[1].name, "plum");
        ck_assert_uint_eq(out.live->n, 1);
        ck_assert_str_eq(out.live->items[0].name, "kiwi");
        reload_outcome_fini(&out);
    }
}
END_TEST

START_TEST(when_the_files_alone_fail_nothing_fed_is_blamed_and_it_is_tried_with_the_next_reload)
{
    struct reload_outcome out;
    char base[80];

    snprintf(base, sizeof(base), "%s", live_hash());
    write_file("rules/pear.json", "{");
    FEED({"kiwi", library("kiwi", "", "猕猴桃丢失", "猕猴桃丢失")});
    out = outcome();
    ck_assert(!out.ok);
    ck_assert_uint_eq(out.nrefused, 0);
    ck_assert_ptr_nonnull(strstr(out.problems, "pear.json:1:"));
    ck_assert_str_eq(out.hash, base);
    reload_outcome_fini(&out);
    write_file("rules/pear.json", library("pear", "", "梨子丢失", "梨子丢失"));
    reload_request(loader);
    ck_assert_str_ne(expect(NULL, NULL), base);
    ck_assert_uint_eq(live_libraries(), 3);
}
END_TEST

/* Who feeds cannot know yet that it was refused. */
START_TEST(what_was_just_refused_is_not_tried_again_before_the_answer_is_known)
{
    const char *bad = library("plum", "", "李子丢失", "桃子丢失"), *good = library("kiwi", "", "猕猴桃丢失", "猕猴桃丢失");

    write_file("slow", "");
    remove_file("begun");
    FEED({"plum", bad});
    await_file("begun");
    feed_beside("plum", (const struct fed[]){{"plum", bad}, {"kiwi", good}, {NULL, NULL}});
    remove_file("slow");
    expect("plum", "rule plum-1");
    expect(NULL, NULL);
    ck_assert_uint_eq(live_libraries(), 3);
    FEED({"plum", bad}, {"kiwi", good}); /* knowing it: that is a new offer */
    expect("plum", "rule plum-1");
}
END_TEST

/* Else its offer would be taken for accepted: it was not tried, and so nothing is said against it. */
START_TEST(what_was_refused_and_is_offered_anew_while_a_reload_fails_is_tried_again)
{
    const char *bad = library("plum", "", "李子丢失", "桃子丢失");
    struct reload_outcome out;

    FEED({"plum", bad});
    expect("plum", "rule plum-1");
    write_file("slow", "");
    write_file("once", "");
    remove_file("begun");
    reload_request(loader);
    await_file("begun");
    FEED({"plum", bad});
    remove_file("slow");
    out = outcome();
    ck_assert(!out.ok && out.whole);
    reload_outcome_fini(&out);
    expect("plum", "rule plum-1");
}
END_TEST

/* ---- bombs -------------------------------------------------------------------------------------------------- */

static long resident_kib(void)
{
    long pages = 0;
    FILE *in = fopen("/proc/self/statm", "r");

    ck_assert(in != NULL && fscanf(in, "%*d %ld", &pages) == 1);
    fclose(in);
    return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

/* n phrases of eight of 8,000 Han characters each. */
static char *many_phrases(size_t n)
{
    const char head[] = "{\"telsieve\":1,\"library\":\"kiwi\",\"family\":\"T\",\"title\":\"t\",\"version\":\"1\","
                        "\"sets\":{\"s\":{\"role\":\"T\",\"phrases\":[\"猕猴桃丢失\"";
    const char tail[] = "]}},\"rules\":[]}";
    char *text = malloc(sizeof(head) + sizeof(tail) + n * 30), *p = text;
    uint32_t random = 1;

    p += sprintf(p, "%s", head);
    for (size_t i = 0; i < n; i++) {
        p += sprintf(p, ",\"");
        for (int k = 0; k < 8; k++) {
            unsigned cp;

            random = random * 1664525 + 1013904223;
            cp = 0x4e00 + (random >> 16) % 8000;
            *p++ = (char)(0xe0 | cp >> 12);
            *p++ = (char)(0x80 | (cp >> 6 & 0x3f));
            *p++ = (char)(0x80 | (cp & 0x3f));
        }
        *p++ = '"';
    }
    strcpy(p, tail);
    return text;
}

static void check_bomb(char *bomb, const char *why)
{
    /* a sanitizer keeps several bytes of its own for each of the bomb's */
    const long most_kib = (compile_child_limits_memory() ? 30 : 80) * 1024;
    char base[80];
    long before_kib, after_kib;

    snprintf(base, sizeof(base), "%s", live_hash());
    FEED({"kiwi", "{"});
    expect("kiwi", "control.rules/kiwi:1:");
    before_kib = resident_kib();
    FEED({"fig", library("fig", "", "无花果丢失", "无花果丢失")}, {"kiwi", bomb},
         {"lime", library("lime", "", "青柠丢失", "青柠丢失")}, {"plum", library("plum", "", "李子丢失", "李子丢失")});
    free(bomb);
    ck_assert_str_ne(expect("kiwi", why), base); /* the others are live */
    ck_assert_uint_eq(live_libraries(), 5);
    after_kib = resident_kib();
    ck_assert_msg(after_kib < before_kib + most_kib, "%ld KiB became %ld KiB", before_kib, after_kib);
    FEED({NULL, NULL});
    ck_assert_str_eq(expect(NULL, NULL), base);
}

START_TEST(a_library_that_takes_too_long_is_refused_and_nothing_else_disturbed)
{
    /* two and a half times what is allowed, and no more memory than is; a sanitizer counts none, and is allowed more */
    check_bomb(many_phrases(compile_child_limits_memory() ? 60000 : 200000), "(rules.compile_cpu_s)");
}
END_TEST

START_TEST(a_library_that_needs_too_much_memory_is_refused_and_nothing_else_disturbed)
{
    static const char *const small[] = {rules_set, "rules.compile_memory_bytes=268435456", "rules.compile_cpu_s=60"};
    struct err err;

    err_init(&err);
    reload_free(&loader);
    store_free(&store);
    config_free(&config);
    config = config_load(NULL, small, 3, &err);
    ck_assert_msg(config != NULL, "%s", err.text);
    store = store_new(1);
    loader = reload_new(&(struct reload_setup){
        .config = config, .sets = small, .nsets = 3, .store = store, .done = done, .compiler = script});
    ck_assert_msg(reload_first(loader, &err) == 0, "%s", err.text);
    err_fini(&err);
    expect(NULL, NULL);
    ck_assert_int_eq(reload_start(loader), 0);
    check_bomb(many_phrases(300000), "(rules.compile_memory_bytes)");
}
END_TEST

/* Hyperscan looks for its literals only, so it is PCRE2 that has to refuse it. */
START_TEST(an_expression_that_explodes_is_refused)
{
    FEED({"kiwi", library("kiwi", "", "re:((((猕猴桃){1,900}[丢失]{1,900}){1,900}){1,900}){1,900}果园", "猕猴桃丢失")});
    expect("kiwi", "control.rules/kiwi:2:");
}
END_TEST

START_TEST(a_library_of_20_megabytes_is_taken)
{
    static const char head[] = "{\"telsieve\":1,\"library\":\"kiwi\",\"family\":\"T\",\"title\":\"t\","
                               "\"version\":\"1\",\"note\":\"",
                      tail[] = "\",\"sets\":{\"s\":{\"role\":\"T\",\"phrases\":[\"猕猴桃丢失\"]}},\"rules\":[]}";
    const size_t n = 20u << 20;
    char *text = malloc(n + sizeof(head) + sizeof(tail));
    char base[80];

    snprintf(base, sizeof(base), "%s", live_hash());
    strcpy(text, head);
    memset(text + sizeof(head) - 1, 'x', n);
    strcpy(text + sizeof(head) - 1 + n, tail);
    FEED({"kiwi", text});
    free(text);
    ck_assert_str_ne(expect(NULL, NULL), base);
    FEED({"kiwi", NULL});
    ck_assert_str_eq(expect(NULL, NULL), base);
}
END_TEST

START_TEST(a_compiler_that_crashes_is_told_and_the_rules_stay)
{
    struct reload_outcome out;
    char base[80];

    snprintf(base, sizeof(base), "%s", live_hash());
    write_file("crash", "");
    FEED({"kiwi", library("kiwi", "", "猕猴桃丢失", "猕猴桃丢失")});
    out = outcome();
    ck_assert(!out.ok); /* it crashes without the library too, which is not to blame then */
    ck_assert_msg(strstr(out.problems, "ended by signal 11") != NULL, "%s", out.problems);
    ck_assert_str_eq(out.hash, base);
    reload_outcome_fini(&out);
    remove_file("crash");
    reload_request(loader);
    ck_assert_str_ne(expect(NULL, NULL), base);
}
END_TEST

START_TEST(a_stop_does_not_wait_for_a_compile)
{
    write_file("slow", "");
    remove_file("begun");
    FEED({"kiwi", library("kiwi", "", "猕猴桃丢失", "猕猴桃丢失")});
    await_file("begun");
    reload_stop(loader);
}
END_TEST

/* ---- the child ---------------------------------------------------------------------------------------------- */

/* Whoever holds a socket of the daemon keeps a client waiting, or the port. */
START_TEST(a_child_has_no_file_of_the_daemon)
{
    char command[200];
    int sockets[2]; /* by a library that does not know O_CLOEXEC */

    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, sockets), 0);
    FEED({"kiwi", library("kiwi", "", "猕猴桃丢失", "猕猴桃丢失")});
    expect(NULL, NULL);
    snprintf(command, sizeof(command), "grep -q pipe: %s/files && ! grep -q socket: %s/files", folder, folder);
    ck_assert_int_eq(system(command), 0);
    close(sockets[0]);
    close(sockets[1]);
}
END_TEST

static pid_t child_of(pid_t parent)
{
    char path[80];
    int pid = 0;
    FILE *in;

    snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)parent, (int)parent);
    for (int waited_ms = 0; pid == 0; waited_ms += 5) {
        ck_assert_int_lt(waited_ms, PATIENCE_MS);
        usleep(5000);
        in = fopen(path, "r");
        ck_assert_ptr_nonnull(in);
        if (fscanf(in, "%d", &pid) != 1)
            pid = 0;
        fclose(in);
    }
    return (pid_t)pid;
}

/* Gone, or only not yet buried by whoever inherited it. */
static bool is_dead(pid_t pid)
{
    char path[80], state = 'Z';
    FILE *in;

    snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
    in = fopen(path, "r");
    if (in != NULL && fscanf(in, "%*d (%*[^)]) %c", &state) != 1)
        state = '?';
    if (in != NULL)
        fclose(in);
    return state == 'Z' || state == 'X';
}

START_TEST(a_child_dies_with_the_daemon)
{
    char *bomb = many_phrases(300000);
    struct fed_library fed = {"kiwi", {bomb, strlen(bomb)}, "control.rules/kiwi"};
    struct compile_job job = {.dir = config->rules.dir, .cpu_s = 60};
    struct compiler *compiler;
    pid_t daemon, child;
    struct err err;

    err_init(&err);
    ruleset_options_default(&job.options);
    job.options.cache = folder;
    job.options.fed = &fed;
    job.options.nfed = 1;
    if ((daemon = fork()) == 0) {
        compiler = compiler_start("/proc/self/exe", &job, &err);
        _exit(compiler == NULL || compiler_await_ready(compiler, -1, &err) != 0);
    }
    child = child_of(daemon);
    usleep(200000); /* it has asked for that by then; if not, it looks who its parent is */
    ck_assert_int_eq(kill(daemon, SIGKILL), 0);
    ck_assert_int_eq(waitpid(daemon, NULL, 0), daemon);
    for (int waited_ms = 0; !is_dead(child); waited_ms += 5) {
        ck_assert_int_lt(waited_ms, 5000);
        usleep(5000);
    }
    free(bomb);
    err_fini(&err);
}
END_TEST

/* ---- back --------------------------------------------------------------------------------------------------- */

START_TEST(the_generation_before_can_be_made_live_again_with_what_was_fed_then)
{
    char first[80], second[80];
    struct fed_set *live;

    FEED({"kiwi", library("kiwi", "", "猕猴桃丢失", "猕猴桃丢失")});
    snprintf(first, sizeof(first), "%s", expect(NULL, NULL));
    FEED({"kiwi", library("kiwi", "", "猕猴桃破损", "猕猴桃破损")});
    snprintf(second, sizeof(second), "%s", expect(NULL, NULL));
    ck_assert_int_eq(reload_rollback(loader), 0);
    ck_assert_str_eq(live_hash(), first);
    ck_assert_uint_eq(store_generation(store), 2);
    live = reload_live(loader);
    ck_assert_ptr_nonnull(strstr(live->items[0].text.p, "猕猴桃丢失"));
    fed_set_unref(&live);
    await_proof();
    ck_assert_int_eq(reload_rollback(loader), 0);
    ck_assert_str_eq(live_hash(), second);
    await_proof();
    FEED({"kiwi", NULL});
    expect(NULL, NULL);
    ck_assert_uint_eq(store_generation(store), 4); /* a number is never given twice */
}
END_TEST

/* Else the next reload made live again what was gone back from. */
START_TEST(a_rollback_stays_behind_a_reload_that_had_failed)
{
    char first[80];
    struct reload_outcome out;

    FEED({"kiwi", library("kiwi", "", "猕猴桃丢失", "猕猴桃丢失")});
    snprintf(first, sizeof(first), "%s", expect(NULL, NULL));
    FEED({"kiwi", library("kiwi", "", "猕猴桃破损", "猕猴桃破损")});
    expect(NULL, NULL);
    write_file("once", "");
    reload_request(loader);
    for (int waited_ms = 0; !is_idle(); waited_ms += 5) {
        ck_assert_int_lt(waited_ms, PATIENCE_MS);
        usleep(5000);
    }
    ck_assert_int_eq(reload_rollback(loader), -TS_EBUSY); /* its outcome is still to be taken */
    out = outcome();
    ck_assert(!out.ok);
    reload_outcome_fini(&out);
    ck_assert_int_eq(reload_rollback(loader), 0);
    reload_request(loader);
    ck_assert_str_eq(expect(NULL, NULL), first);
}
END_TEST

/* A condition of facts only: no rule of another library rests on a set of this one, so only the proof of all tells. */
START_TEST(what_the_proof_behind_going_live_finds_wrong_is_taken_back)
{
    const char *good = library("apple", "\"conditions\":{\"c\":\"caller.personal\"},", "苹果丢失", "苹果丢失");
    const char *bad = library("apple", "\"conditions\":{\"c\":\"caller.international\"},", "苹果丢失", "苹果丢失");
    struct reload_outcome out;
    char base[80];

    write_file("rules/apple.json", good);
    write_file("rules/pear.json", pear("\"s\":{\"role\":\"T\",\"phrases\":[\"梨子丢失\"]}", "s and apple.c", "梨子丢失"));
    reload_request(loader);
    snprintf(base, sizeof(base), "%s", expect(NULL, NULL));
    FEED({"apple", bad});
    ck_assert_str_ne(expect(NULL, NULL), base);
    out = outcome();
    ck_assert(!out.ok);
    ck_assert(out.taken_back);
    ck_assert_uint_eq(out.nrefused, 1);
    ck_assert_str_eq(out.refused[0].name, "apple");
    ck_assert_msg(strstr(out.refused[0].problems, "rule pear-1") != NULL, "%s", out.refused[0].problems);
    ck_assert_str_eq(out.hash, base);
    ck_assert_uint_eq(out.live->n, 0);
    reload_outcome_fini(&out);
    ck_assert_str_eq(live_hash(), base);
    ck_assert_int_eq(reload_rollback(loader), -TS_ENOENT); /* what was wrong is not there to go back to */
}
END_TEST

/* ---- a cache ------------------------------------------------------------------------------------------------ */

static int count_folders(void)
{
    DIR *dir = opendir(folder);
    struct dirent *entry;
    int n = 0;

    ck_assert_ptr_nonnull(dir);
    while ((entry = readdir(dir)) != NULL)
        n += strncmp(entry->d_name, "telsieve-", 9) == 0;
    closedir(dir);
    return n;
}

START_TEST(folders_of_our_own_are_gone_with_us_and_those_of_the_dead_with_the_next)
{
    char dead[128], alive[128];
    pid_t pid = fork();

    if (pid == 0)
        _exit(0);
    ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
    reload_free(&loader);
    setenv("TMPDIR", folder, 1);
    snprintf(dead, sizeof(dead), "%s/telsieve-%d-AbCdEf", folder, (int)pid);
    snprintf(alive, sizeof(alive), "%s/telsieve-%d-AbCdEf", folder, (int)getpid());
    ck_assert(mkdir(dead, 0700) == 0 && mkdir(alive, 0700) == 0);
    loader = reload_new(&(struct reload_setup){
        .config = config, .sets = sets, .nsets = 3, .store = store, .done = done, .compiler = script});
    ck_assert_int_eq(count_folders(), 2);
    ck_assert_int_ne(access(dead, F_OK), 0);
    reload_free(&loader);
    ck_assert_int_eq(count_folders(), 1);
    unsetenv("TMPDIR");
}
END_TEST

int main(int argc, char **argv)
{
    TCase *tests;
    int code;

    if (is_child(argc, argv, &code))
        return code;
    tests = tcase_create("reload_feed");
    tcase_set_timeout(tests, 180);
    tcase_add_checked_fixture(tests, prepare, clean_up);
    tcase_add_test(tests, what_is_fed_wins_and_its_withdrawal_lets_the_file_count_again);
    tcase_add_test(tests, an_outcome_tells_which_feed_it_knew_of);
    tcase_add_test(tests, what_is_fed_before_the_start_is_live_from_it);
    tcase_add_test(tests, nothing_new_makes_no_generation);
    tcase_add_test(tests, of_two_libraries_the_bad_one_is_refused_and_the_good_one_live);
    tcase_add_test(tests, one_that_breaks_another_library_is_found_by_trying);
    tcase_add_test(tests, when_the_files_alone_fail_nothing_fed_is_blamed_and_it_is_tried_with_the_next_reload);
    tcase_add_test(tests, what_was_just_refused_is_not_tried_again_before_the_answer_is_known);
    tcase_add_test(tests, what_was_refused_and_is_offered_anew_while_a_reload_fails_is_tried_again);
    tcase_add_test(tests, a_library_that_takes_too_long_is_refused_and_nothing_else_disturbed);
    if (compile_child_limits_memory())
        tcase_add_test(tests, a_library_that_needs_too_much_memory_is_refused_and_nothing_else_disturbed);
    tcase_add_test(tests, an_expression_that_explodes_is_refused);
    tcase_add_test(tests, a_library_of_20_megabytes_is_taken);
    tcase_add_test(tests, a_compiler_that_crashes_is_told_and_the_rules_stay);
    tcase_add_test(tests, a_stop_does_not_wait_for_a_compile);
    tcase_add_test(tests, a_child_has_no_file_of_the_daemon);
    tcase_add_test(tests, a_child_dies_with_the_daemon);
    tcase_add_test(tests, the_generation_before_can_be_made_live_again_with_what_was_fed_then);
    tcase_add_test(tests, a_rollback_stays_behind_a_reload_that_had_failed);
    tcase_add_test(tests, what_the_proof_behind_going_live_finds_wrong_is_taken_back);
    tcase_add_test(tests, folders_of_our_own_are_gone_with_us_and_those_of_the_dead_with_the_next);
    return setup_run("reload_feed", tests);
}
