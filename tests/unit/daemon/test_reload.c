/* The loader with a cache: what it takes on trust it proves behind that, and what is wrong is thrown away. */
#include "core/log.h"
#include "daemon/reload.h"
#include "match/cache.h"
#include "match/proof.h"
#include "../setup.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PATIENCE_MS 60000

static char folder[64], rules_set[100], cache_set[100], cache_folder[80];
static const char *const sets[] = {rules_set, cache_set};
static struct config *config;
static struct store *store;
static struct reload *loader;

static const char library[] =
    "{\"telsieve\":1, \"library\":\"refund\", \"family\":\"R\", \"title\":\"退款\", \"version\":\"2026.11.22\",\n"
    "\"sets\":{\"topic\":{\"role\":\"T\",\"phrases\":[\"快递~丢失~理赔\"]},\n"
    "  \"action\":{\"role\":\"A\",\"phrases\":[\"添加~理赔客服\"]}},\n"
    "\"rules\":[{\"id\":\"R-001\", \"type\":\"快递丢失理赔\", \"state\":\"live\", \"tier\":\"medium\",\n"
    "  \"when\":\"topic and action\", \"reason\":\"自称快递客服\",\n"
    "  \"hit\":[\"%s\"], \"miss\":[\"晚上回来吃饭吗\"]}]}\n";

static void done(void *ctx)
{
    (void)ctx;
}

static void write_library(const char *hit)
{
    char file[128];
    FILE *out;

    snprintf(file, sizeof(file), "%s/refund.json", folder);
    out = fopen(file, "w");
    ck_assert_int_ge(fprintf(out, library, hit), 0);
    ck_assert_int_eq(fclose(out), 0);
}

static void prepare(void)
{
    char command[300];
    struct err err;

    strcpy(folder, "/tmp/telsieve-reload-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(command, sizeof(command), "cp -r patterns/folding.json patterns/polarity.json patterns/numbers %s",
             folder);
    ck_assert_int_eq(system(command), 0);
    snprintf(cache_folder, sizeof(cache_folder), "%s/cache", folder);
    snprintf(rules_set, sizeof(rules_set), "rules.dir=%s", folder);
    snprintf(cache_set, sizeof(cache_set), "rules.cache=%s", cache_folder);
    err_init(&err);
    config = config_load(NULL, sets, 2, &err);
    ck_assert_msg(config != NULL, "%s", err.text);
    err_fini(&err);
    log_set_level(LOG_LEVEL_ERROR);
}

static void clean_up(void)
{
    char command[100];

    config_free(&config);
    snprintf(command, sizeof(command), "rm -r %s", folder);
    ck_assert_int_eq(system(command), 0);
}

/* A process begins. */
static int begin(struct err *err)
{
    store = store_new(1);
    loader = reload_new(
        &(struct reload_setup){.config = config, .sets = sets, .nsets = 2, .store = store, .done = done});
    return reload_first(loader, err);
}

static void end(void)
{
    reload_free(&loader);
    store_free(&store);
}

static struct reload_status status(void)
{
    struct reload_status now;

    reload_read_status(loader, &now);
    return now;
}

START_TEST(a_second_start_goes_live_unproved_and_is_proved_behind_that)
{
    struct reload_status now;
    struct err err;

    err_init(&err);
    write_library("您的快递丢失,可理赔,请添加理赔客服");
    ck_assert_msg(begin(&err) == 0, "%s", err.text);
    ck_assert(status().proved);
    end();

    ck_assert_msg(begin(&err) == 0, "%s", err.text);
    ck_assert(!status().proved);
    ck_assert_int_eq(reload_start(loader), 0);
    for (int waited_ms = 0; !status().proved; waited_ms += 10) {
        ck_assert_int_lt(waited_ms, PATIENCE_MS);
        usleep(10000);
    }
    now = status();
    ck_assert_uint_eq(now.succeeded + now.failed, 0);
    ck_assert_ptr_null(now.problems);
    end();
    err_fini(&err);
}
END_TEST

/* Keep a proof that was never made, as a broken disk or memory might. */
static void forge_proof(void)
{
    const struct cache_limits limits = CACHE_LIMITS_DEFAULT;
    struct cache *cache = cache_open(cache_folder, &limits);
    struct ruleset_options options;
    struct ruleset *ruleset;
    struct err err;

    err_init(&err);
    ruleset_options_default(&options);
    options.skip_self_test = true;
    ruleset = ruleset_load(folder, &options, &err);
    ck_assert_msg(ruleset != NULL, "%s", err.text);
    proof_keep(cache, ruleset_hash(ruleset), NULL);
    ruleset_free(&ruleset);
    cache_close(&cache);
    err_fini(&err);
}

START_TEST(a_kept_proof_that_is_wrong_empties_the_cache_and_is_told)
{
    struct reload_status now;
    struct err err;

    err_init(&err);
    write_library("这个样本不会命中");
    forge_proof();
    ck_assert_msg(begin(&err) == 0, "%s", err.text);
    ck_assert_uint_eq(store_generation(store), 1);
    ck_assert_int_eq(reload_start(loader), 0);
    for (int waited_ms = 0; (now = status()).failed == 0; waited_ms += 10) {
        free(now.problems);
        ck_assert_int_lt(waited_ms, PATIENCE_MS);
        usleep(10000);
    }
    ck_assert(!now.proved);
    ck_assert_ptr_nonnull(strstr(now.problems, "R-001"));
    free(now.problems);
    ck_assert_uint_eq(store_generation(store), 1);
    end();

    ck_assert_int_ne(begin(&err), 0); /* nothing is left to rest on */
    end();
    err_fini(&err);
}
END_TEST

int main(void)
{
    TCase *tests = tcase_create("reload");

    tcase_set_timeout(tests, 180);
    tcase_add_checked_fixture(tests, prepare, clean_up);
    tcase_add_test(tests, a_second_start_goes_live_unproved_and_is_proved_behind_that);
    tcase_add_test(tests, a_kept_proof_that_is_wrong_empties_the_cache_and_is_told);
    return setup_run("reload", tests);
}
