/* The cache: what is kept comes back, and nothing else ever does. */
#include "match/cache.h"
#include "match/identity.h"
#include "match_setup.h"

#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

static char folder[64];
static const unsigned char key[CACHE_KEY_BYTES] = {1, 2, 3};
static const unsigned char other_key[CACHE_KEY_BYTES] = {1, 2, 4};

static void make_folder(void)
{
    strcpy(folder, "/tmp/telsieve-cache-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
}

static void remove_folder(void)
{
    char command[200];

    snprintf(command, sizeof(command), "chmod 700 %s && rm -r %s", folder, folder);
    ck_assert_int_eq(system(command), 0);
}

static struct cache *open_cache(void)
{
    const struct cache_limits limits = CACHE_LIMITS_DEFAULT;
    struct cache *cache = cache_open(folder, &limits);

    ck_assert_ptr_nonnull(cache);
    return cache;
}

/* What a new process finds under the key: -1 nothing, else whether it is this. *problem: was there one? */
static int found(const unsigned char *of, const char *text, bool *problem)
{
    struct cache *cache = open_cache();
    char *bytes;
    size_t n;
    int rc = cache_read(cache, of, &bytes, &n), is = -1;

    if (rc == 0)
        is = n == strlen(text) && memcmp(bytes, text, n) == 0;
    *problem = cache_problem(cache) != NULL;
    free(bytes);
    cache_close(&cache);
    return is;
}

static void keep(const unsigned char *of, const char *text)
{
    struct cache *cache = open_cache();

    cache_write(cache, of, text, strlen(text));
    ck_assert_msg(cache_problem(cache) == NULL, "%s", cache_problem(cache));
    cache_close(&cache);
}

/* Files of the folder; the path of the last one. */
static unsigned count_files(char path[400])
{
    DIR *dir = opendir(folder);
    struct dirent *entry;
    unsigned n = 0;

    while ((entry = readdir(dir)) != NULL) {
        if (entry->d_name[0] == '.')
            continue;
        n++;
        if (path != NULL)
            snprintf(path, 400, "%s/%s", folder, entry->d_name);
    }
    closedir(dir);
    return n;
}

START_TEST(what_is_kept_comes_back_and_nothing_under_another_key)
{
    bool problem;
    char path[400];
    struct stat st;

    ck_assert_int_eq(found(key, "", &problem), -1);
    ck_assert(!problem);
    keep(key, "dear");
    ck_assert_int_eq(found(key, "dear", &problem), 1);
    ck_assert_int_eq(found(other_key, "", &problem), -1);
    keep(key, "dearer");
    ck_assert_int_eq(found(key, "dearer", &problem), 1);
    ck_assert(!problem);
    ck_assert_uint_eq(count_files(path), 1);
    ck_assert_int_eq(stat(path, &st), 0);
    ck_assert_uint_eq(st.st_mode & 0777, 0600);
}
END_TEST

/* Magic, length, key, digest and content alike. */
START_TEST(a_file_with_any_byte_changed_is_refused_and_made_anew)
{
    char path[400];
    bool problem;

    keep(key, "dear");
    (void)count_files(path);
    for (long at = 0; at < 8 + 8 + 32 + 32 + 4; at++) {
        FILE *file = fopen(path, "r+b");
        int c;

        ck_assert_ptr_nonnull(file);
        fseek(file, at, SEEK_SET);
        c = fgetc(file);
        fseek(file, at, SEEK_SET);
        fputc(c ^ 0x10, file);
        ck_assert_int_eq(fclose(file), 0);
        ck_assert_msg(found(key, "", &problem) == -1, "byte %ld", at);
        ck_assert(problem);
        ck_assert_uint_eq(count_files(NULL), 0);
        keep(key, "dear");
    }
    ck_assert_int_eq(found(key, "dear", &problem), 1);
}
END_TEST

START_TEST(a_file_that_is_cut_or_longer_is_refused)
{
    const long sizes[] = {0, 7, 79, 80, 83, 85};
    char path[400];
    bool problem;

    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        keep(key, "dear");
        (void)count_files(path);
        ck_assert_int_eq(truncate(path, sizes[i]), 0);
        ck_assert_msg(found(key, "", &problem) == -1, "%ld bytes", sizes[i]);
        ck_assert(problem);
    }
}
END_TEST

START_TEST(a_file_under_the_name_of_another_is_refused)
{
    char path[400], to[400];
    bool problem;

    keep(key, "dear");
    (void)count_files(path);
    strcpy(to, path);
    memcpy(strrchr(to, '/') + 1, "010204", 6);
    ck_assert_int_eq(rename(path, to), 0);
    ck_assert_int_eq(found(other_key, "", &problem), -1);
    ck_assert(problem);
}
END_TEST

START_TEST(what_others_can_write_is_refused)
{
    char path[400], target[450];
    bool problem;

    keep(key, "dear");
    (void)count_files(path);
    ck_assert_int_eq(chmod(path, 0622), 0);
    ck_assert_int_eq(found(key, "", &problem), -1);
    ck_assert(problem);

    keep(key, "dear");
    snprintf(target, sizeof(target), "%s/elsewhere", folder);
    ck_assert_int_eq(rename(path, target), 0);
    ck_assert_int_eq(symlink(target, path), 0);
    ck_assert_int_eq(found(key, "", &problem), -1);
    ck_assert(problem);
    ck_assert_int_eq(unlink(path), 0);
    ck_assert_int_eq(rename(target, path), 0);

    ck_assert_int_eq(found(key, "dear", &problem), 1);
    ck_assert_int_eq(chmod(folder, 0777), 0);
    ck_assert_int_eq(found(key, "", &problem), -1);
    ck_assert(problem);
}
END_TEST

/* Only root can give a file away. */
START_TEST(a_file_of_another_user_is_refused)
{
    char path[400];
    bool problem;

    if (geteuid() != 0)
        return;
    keep(key, "dear");
    (void)count_files(path);
    ck_assert_int_eq(chown(path, 12345, 12345), 0);
    ck_assert_int_eq(found(key, "", &problem), -1);
    ck_assert(problem);
}
END_TEST

static void use_at(const unsigned char *of, time_t when)
{
    char path[200];
    const struct timespec times[2] = {{when, 0}, {when, 0}};
    int n = snprintf(path, sizeof(path), "%s/", folder);

    for (size_t i = 0; i < CACHE_KEY_BYTES; i++)
        n += snprintf(path + n, sizeof(path) - (size_t)n, "%02x", of[i]);
    snprintf(path + n, sizeof(path) - (size_t)n, ".cache");
    ck_assert_int_eq(utimensat(AT_FDCWD, path, times, 0), 0);
}

START_TEST(the_least_lately_used_make_room)
{
    const struct cache_limits limits = {.files = 3, .bytes = 3 * 80 + 200};
    struct cache *cache = cache_open(folder, &limits);
    unsigned char keys[5][CACHE_KEY_BYTES] = {{1}, {2}, {3}, {4}, {5}};
    char text[101] = {0}, path[200];
    bool problem;
    FILE *strange;

    snprintf(path, sizeof(path), "%s/notes.txt", folder);
    strange = fopen(path, "w");
    ck_assert_int_eq(fclose(strange), 0);
    for (int i = 0; i < 3; i++) {
        cache_write(cache, keys[i], "dear", 4);
        use_at(keys[i], 1000 + i);
    }
    ck_assert_int_eq(found(keys[0], "dear", &problem), 1); /* so it is no longer the oldest */
    cache_write(cache, keys[3], "dear", 4);
    ck_assert_int_eq(found(keys[1], "", &problem), -1);
    ck_assert_int_eq(found(keys[0], "dear", &problem), 1);
    ck_assert_int_eq(found(keys[2], "dear", &problem), 1);
    ck_assert_int_eq(found(keys[3], "dear", &problem), 1);

    for (int i = 0; i < 4; i++)
        if (i != 1)
            use_at(keys[i], 1000 + i);
    memset(text, 'x', 100);
    cache_write(cache, keys[4], text, 100); /* two of four bytes fit beside it */
    ck_assert_int_eq(found(keys[4], text, &problem), 1);
    ck_assert_int_eq(found(keys[3], "dear", &problem), 1);
    ck_assert_int_eq(found(keys[2], "dear", &problem), 1);
    ck_assert_int_eq(found(keys[0], "", &problem), -1);
    cache_clear(cache);
    ck_assert_uint_eq(count_files(NULL), 1); /* what is not the cache's stays */
    cache_close(&cache);
}
END_TEST

START_TEST(a_draft_of_a_process_that_died_is_swept_away)
{
    const struct timespec times[2] = {{1000, 0}, {1000, 0}};
    char path[200];
    FILE *file;

    snprintf(path, sizeof(path), "%s/0123456789abcdef.draft", folder);
    file = fopen(path, "w");
    ck_assert_int_eq(fclose(file), 0);
    keep(key, "dear");
    ck_assert_uint_eq(count_files(NULL), 2); /* somebody may be writing it now */
    ck_assert_int_eq(utimensat(AT_FDCWD, path, times, 0), 0);
    keep(key, "dear");
    ck_assert_uint_eq(count_files(NULL), 1);
}
END_TEST

/* A file stands where the folder should be; a folder stands where the file should be. */
START_TEST(what_cannot_be_written_is_only_a_problem)
{
    const struct cache_limits limits = CACHE_LIMITS_DEFAULT;
    struct cache *cache = cache_open("/dev/null", &limits);
    char path[400], *bytes;
    size_t n;

    ck_assert_ptr_nonnull(cache);
    cache_write(cache, key, "dear", 4);
    ck_assert_int_ne(cache_read(cache, key, &bytes, &n), 0);
    ck_assert_ptr_nonnull(cache_problem(cache));
    cache_close(&cache);

    keep(key, "dear");
    (void)count_files(path);
    ck_assert_int_eq(unlink(path), 0);
    ck_assert_int_eq(mkdir(path, 0700), 0);
    cache = open_cache();
    cache_write(cache, key, "dear", 4);
    ck_assert_ptr_nonnull(cache_problem(cache));
    cache_close(&cache);
    ck_assert_uint_eq(count_files(NULL), 1); /* no draft is left */
}
END_TEST

START_TEST(a_folder_is_made_when_it_is_absent)
{
    bool problem;

    ck_assert_int_eq(rmdir(folder), 0);
    keep(key, "dear");
    ck_assert_int_eq(found(key, "dear", &problem), 1);
}
END_TEST

static int write_many(void)
{
    static char text[20000];
    struct cache *cache = open_cache();
    int bad = 0;

    for (int i = 0; i < 100; i++) {
        char *bytes;
        size_t n;

        memset(text, 'a' + i % 26, sizeof(text));
        cache_write(cache, key, text, sizeof(text));
        if (cache_read(cache, key, &bytes, &n) == 0)
            bad += n != sizeof(text) || bytes[0] != bytes[n - 1];
        free(bytes);
    }
    bad += cache_problem(cache) != NULL;
    cache_close(&cache);
    return bad;
}

START_TEST(processes_that_write_at_once_only_ever_see_whole_files)
{
    pid_t children[4];

    for (int i = 0; i < 4; i++)
        if ((children[i] = fork()) == 0)
            _exit(write_many() != 0);
    for (int i = 0; i < 4; i++) {
        int status;

        ck_assert_int_eq(waitpid(children[i], &status, 0), children[i]);
        ck_assert_int_eq(status, 0);
    }
    ck_assert_uint_eq(count_files(NULL), 1);
}
END_TEST

/* ---- rule sets ---------------------------------------------------------------------------------------------- */

static struct ruleset *load(void)
{
    struct ruleset_options options;
    struct ruleset *ruleset;
    struct err err;

    err_init(&err);
    ruleset_options_default(&options);
    options.cache = folder;
    ruleset = ruleset_load(MATCH_DATA, &options, &err);
    ck_assert_msg(ruleset != NULL, "%s", err.text);
    err_fini(&err);
    return ruleset;
}

static void expect(enum ruleset_cache cache, bool proved, bool problem)
{
    struct ruleset *ruleset = load();

    ck_assert_int_eq(ruleset_cache(ruleset), cache);
    ck_assert_int_eq(ruleset_is_proved(ruleset), proved);
    ck_assert_int_eq(ruleset_cache_problem(ruleset) != NULL, problem);
    ruleset_free(&ruleset);
}

START_TEST(a_second_load_compiles_and_proves_nothing)
{
    struct ruleset *ruleset;
    struct err err;

    expect(RULESET_CACHE_MISS, true, false);
    expect(RULESET_CACHE_HIT, false, false);
    ruleset = load();
    err_init(&err);
    ck_assert_int_eq(ruleset_prove(ruleset, &err), 0);
    err_fini(&err);
    ruleset_free(&ruleset);
}
END_TEST

START_TEST(a_load_that_may_compile_nothing_takes_what_is_kept_and_fails_without)
{
    static const char *const changed[] = {"fruit", NULL};
    struct ruleset_options options;
    struct ruleset *ruleset;
    struct err err;

    err_init(&err);
    ruleset_options_default(&options);
    options.cache = folder;
    options.changed = changed;
    options.cached_only = true;
    ck_assert_ptr_null(ruleset_load(MATCH_DATA, &options, &err));
    ck_assert_ptr_nonnull(strstr(err.text, "not in the cache"));
    err_fini(&err);

    err_init(&err);
    for (int i = 0; i < 2; i++) {
        options.cached_only = i == 1;
        ruleset = ruleset_load(MATCH_DATA, &options, &err);
        ck_assert_msg(ruleset != NULL, "%s", err.text);
        ck_assert_int_eq(ruleset_cache(ruleset), i == 0 ? RULESET_CACHE_MISS : RULESET_CACHE_HIT);
        ck_assert_int_eq(ruleset_self_test_ms(ruleset) > 0, i == 0); /* that of what changed is kept too, */
        ck_assert(!ruleset_is_proved(ruleset));                      /* but is not all of it */
        ruleset_free(&ruleset);
    }
    expect(RULESET_CACHE_HIT, true, false);
    err_fini(&err);
}
END_TEST

static const char library[] =
    "{\"telsieve\":1,\"library\":\"t\",\"family\":\"T\",\"title\":\"t\",\"version\":\"1\",\"sets\":{\"s\":{"
    "\"role\":\"T\",\"phrases\":[\"%s\"]}},\"rules\":[{\"id\":\"T-1\",\"type\":\"t\",\"state\":\"live\","
    "\"tier\":\"low\",\"when\":\"s and caller.personal\",\"reason\":\"r\",\"hit\":[{\"calling\":\"13912345678\","
    "\"ingress\":\"onnet\",\"text\":\"%s\"}],\"miss\":[\"y\"]}]}";

/* The verdict must come from the phrases as they are now, whatever is kept. */
START_TEST(other_phrases_are_another_database_and_another_proof)
{
    static const char *const phrases[] = {"快递理赔", "快递理陪", "快递理赔"};
    const enum ruleset_cache expected[] = {RULESET_CACHE_MISS, RULESET_CACHE_MISS, RULESET_CACHE_HIT};

    for (size_t i = 0; i < 3; i++) {
        const char *libraries[] = {NULL, NULL};
        struct ruleset_options options;
        struct ruleset *ruleset;
        char text[2048], dir[64];
        struct err err;

        snprintf(text, sizeof(text), library, phrases[i], phrases[i]);
        libraries[0] = text;
        setup_dir(dir, libraries);
        err_init(&err);
        ruleset_options_default(&options);
        options.cache = folder;
        ruleset = ruleset_load(dir, &options, &err);
        setup_remove(dir);
        ck_assert_msg(ruleset != NULL, "%s", err.text);
        ck_assert_int_eq(ruleset_cache(ruleset), expected[i]);
        ck_assert_int_eq(ruleset_is_proved(ruleset), expected[i] == RULESET_CACHE_MISS);
        ck_assert_int_eq(ruleset_prove(ruleset, &err), 0);
        ruleset_free(&ruleset);
        err_fini(&err);
    }
}
END_TEST

/* The digest fits, so only Hyperscan itself can tell. */
START_TEST(a_database_that_hyperscan_refuses_is_compiled_anew)
{
    DIR *dir;
    struct dirent *entry;
    struct cache *cache;

    expect(RULESET_CACHE_MISS, true, false);
    dir = opendir(folder);
    cache = open_cache();
    while ((entry = readdir(dir)) != NULL) {
        unsigned char of[CACHE_KEY_BYTES];
        char *bytes;
        size_t n;

        for (size_t i = 0; entry->d_name[0] != '.' && i < CACHE_KEY_BYTES; i++)
            ck_assert_int_eq(sscanf(entry->d_name + 2 * i, "%2hhx", &of[i]), 1);
        if (entry->d_name[0] == '.' || cache_read(cache, of, &bytes, &n) != 0)
            continue;
        if (n > 100) {
            bytes[4] ^= 0x01; /* the version of Hyperscan that made it */
            cache_write(cache, of, bytes, n);
        }
        free(bytes);
    }
    closedir(dir);
    cache_close(&cache);
    expect(RULESET_CACHE_MISS, false, true);
    expect(RULESET_CACHE_HIT, false, false);
}
END_TEST

/* A name is resolved, a login is made: librdkafka and libc load what they need for it only then. */
START_TEST(what_is_loaded_later_does_not_change_who_we_are)
{
    unsigned char before[CACHE_KEY_BYTES], after[CACHE_KEY_BYTES];

    ck_assert_int_eq(identity_key("test", NULL, 0, before), 0);
    ck_assert_msg(dlopen("libBrokenLocale.so.1", RTLD_NOW) != NULL, "%s", dlerror());
    ck_assert_int_eq(identity_key("test", NULL, 0, after), 0);
    ck_assert_mem_eq(before, after, sizeof(before));
}
END_TEST

int main(void)
{
    TCase *tests = tcase_create("cache");

    tcase_set_timeout(tests, 120);
    tcase_add_checked_fixture(tests, make_folder, remove_folder);
    tcase_add_test(tests, what_is_kept_comes_back_and_nothing_under_another_key);
    tcase_add_test(tests, a_file_with_any_byte_changed_is_refused_and_made_anew);
    tcase_add_test(tests, a_file_that_is_cut_or_longer_is_refused);
    tcase_add_test(tests, a_file_under_the_name_of_another_is_refused);
    tcase_add_test(tests, what_others_can_write_is_refused);
    tcase_add_test(tests, a_file_of_another_user_is_refused);
    tcase_add_test(tests, the_least_lately_used_make_room);
    tcase_add_test(tests, a_draft_of_a_process_that_died_is_swept_away);
    tcase_add_test(tests, what_cannot_be_written_is_only_a_problem);
    tcase_add_test(tests, a_folder_is_made_when_it_is_absent);
    tcase_add_test(tests, processes_that_write_at_once_only_ever_see_whole_files);
    tcase_add_test(tests, a_second_load_compiles_and_proves_nothing);
    tcase_add_test(tests, a_load_that_may_compile_nothing_takes_what_is_kept_and_fails_without);
    tcase_add_test(tests, other_phrases_are_another_database_and_another_proof);
    tcase_add_test(tests, a_database_that_hyperscan_refuses_is_compiled_anew);
    tcase_add_test(tests, what_is_loaded_later_does_not_change_who_we_are);
    return setup_run("cache", tests);
}
