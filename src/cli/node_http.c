/* node_http.c - libcurl does the talking. No proxy and no redirect: a token is for the node that was named. */
#include "cli/node_http.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>

#define CONNECT_S 5L

static size_t take(char *data, size_t size, size_t n, void *ctx)
{
    return fwrite(data, size, n, ctx);
}

static struct curl_slist *add_header(struct curl_slist *list, const char *name, const char *value)
{
    char *line = NULL;
    struct curl_slist *longer = asprintf(&line, "%s: %s", name, value) >= 0 ? curl_slist_append(list, line) : NULL;

    if (longer == NULL)
        curl_slist_free_all(list);
    free(line);
    return longer;
}

static struct curl_slist *headers_of(const char *token, const struct node_request *request)
{
    struct curl_slist *list = curl_slist_append(NULL, "Expect:"); /* a body goes at once */
    char bearer[600];

    if (list != NULL && request->body.p != NULL)
        list = add_header(list, "Content-Type", "application/json");
    if (list != NULL && request->signature != NULL)
        list = add_header(list, "Telsieve-Signature", request->signature);
    snprintf(bearer, sizeof(bearer), "Bearer %s", token);
    return list != NULL && token[0] != '\0' ? add_header(list, "Authorization", bearer) : list;
}

static void describe(CURL *curl, const struct node_request *request, const char *whole, long timeout_s)
{
    curl_easy_setopt(curl, CURLOPT_URL, whole);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, CONNECT_S);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, timeout_s);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
    if (request->body.p != NULL || strcmp(request->method, "POST") == 0) {
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body.n);
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request->body.p != NULL ? request->body.p : "");
    }
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request->method);
}

static int perform(CURL *curl, const char *url, struct node_reply *reply, struct err *err)
{
    char why[CURL_ERROR_SIZE] = "";
    CURLcode code;

    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, why);
    code = curl_easy_perform(curl);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, NULL);
    if (code == CURLE_OK) {
        curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &reply->status);
        return 0;
    }
    err_add(err, "%s: no answer: %s; does the daemon run, and is this its admin.listen? --node URL names another", url,
            why[0] != '\0' ? why : curl_easy_strerror(code));
    return -TS_EIO;
}

static int ask(CURL *curl, const char *url, const char *token, const struct node_request *request, long timeout_s,
               struct node_reply *reply, struct err *err)
{
    size_t n = strlen(url);
    struct curl_slist *headers = headers_of(token, request);
    FILE *out = open_memstream(&reply->text, &reply->n);
    char *whole = NULL;
    int rc = -TS_ENOMEM;

    while (n > 0 && url[n - 1] == '/')
        n--;
    if (headers != NULL && out != NULL && asprintf(&whole, "%.*s%s", (int)n, url, request->path) >= 0) {
        describe(curl, request, whole, timeout_s);
        curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
        curl_easy_setopt(curl, CURLOPT_WRITEDATA, out);
        rc = perform(curl, url, reply, err);
    }
    if (out == NULL || fclose(out) != 0)
        rc = rc == 0 ? -TS_ENOMEM : rc;
    if (rc == -TS_ENOMEM)
        err_add(err, "%s: %s", url, ts_strerror(rc));
    free(whole);
    curl_slist_free_all(headers);
    return rc;
}

int node_ask(const char *url, const char *token, const struct node_request *request, long timeout_s,
             struct node_reply *reply, struct err *err)
{
    CURL *curl = curl_easy_init();
    int rc = -TS_ENOMEM;

    *reply = (struct node_reply){0};
    if (curl != NULL)
        rc = ask(curl, url, token, request, timeout_s, reply, err);
    else
        err_add(err, "%s: %s", url, ts_strerror(rc));
    curl_easy_cleanup(curl);
    if (rc != 0)
        node_reply_free(reply);
    return rc;
}

void node_reply_free(struct node_reply *reply)
{
    free(reply->text);
    *reply = (struct node_reply){0};
}

char *node_escape(const char *text)
{
    char *escaped = curl_easy_escape(NULL, text, 0), *copy = escaped != NULL ? strdup(escaped) : NULL;

    curl_free(escaped);
    return copy;
}

void node_refused(const char *url, bool with_token, const struct node_reply *reply, struct err *err)
{
    const char *hint = "";

    if (reply->status == 401)
        hint = with_token ? "; the token given is another" : "; --token-file FILE gives it";
    else if (reply->status == 403)
        hint = "; set admin.token at the node";
    err_add(err, "%s: %.*s (HTTP %ld)%s", url, (int)strcspn(reply->text, "\n"), reply->text, reply->status, hint);
}
