/* secret.c - one key says where the value is; all three ways end in bytes that are not empty. */
#include "config/secret.h"
#include "core/err.h"
#include "core/file.h"
#include "core/log.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void warn_if_readable(int fd, const char *file)
{
    struct stat st;
    char quoted[300];

    if (fstat(fd, &st) == 0 && (st.st_mode & S_IROTH) != 0)
        log_warn("secret_exposed", "file=%s mode=%04o msg=\"every user can read this secret; chmod 600 it\"",
                 log_quote(file, quoted, sizeof(quoted)), (unsigned)st.st_mode & 07777);
}

static int read_file(const char *file, char **out, size_t *n, char *problem, size_t size)
{
    int fd = open(file, O_RDONLY | O_CLOEXEC);
    char *text = malloc(SECRET_MAX_BYTES + 2);
    ssize_t got = fd >= 0 && text != NULL ? file_read(fd, text, SECRET_MAX_BYTES + 1) : -1;
    int saved = errno;

    if (got >= 0)
        warn_if_readable(fd, file);
    if (fd >= 0)
        close(fd);
    if (got < 0 || got > SECRET_MAX_BYTES) {
        snprintf(problem, size, "the file \"%.200s\" %s%s", file,
                 got < 0 ? "cannot be read: " : "is over 64 KiB", got < 0 ? strerror(saved) : "");
        free(text);
        return -TS_EIO;
    }
    if (got > 0 && text[got - 1] == '\n')
        got--;
    if (got > 0 && text[got - 1] == '\r')
        got--;
    text[got] = '\0';
    *out = text;
    *n = (size_t)got;
    return 0;
}

static int read_env(const char *name, char **out, size_t *n, char *problem, size_t size)
{
    const char *value = getenv(name);

    if (value == NULL) {
        snprintf(problem, size, "the environment variable \"%.200s\" is not set", name);
        return -TS_ENOENT;
    }
    *out = strdup(value);
    if (*out == NULL) {
        snprintf(problem, size, "%s", ts_strerror(TS_ENOMEM));
        return -TS_ENOMEM;
    }
    *n = strlen(value);
    return 0;
}

static int read_credential(const char *name, char **out, size_t *n, char *problem, size_t size)
{
    const char *folder = getenv("CREDENTIALS_DIRECTORY");
    char file[PATH_MAX];

    if (strchr(name, '/') != NULL) {
        snprintf(problem, size, "a credential has a name, not a path");
        return -TS_EINVAL;
    }
    if (folder == NULL) {
        snprintf(problem, size, "there are no credentials: not started by systemd with LoadCredential=");
        return -TS_ENOENT;
    }
    if ((size_t)snprintf(file, sizeof(file), "%s/%s", folder, name) >= sizeof(file)) {
        snprintf(problem, size, "the credential's path is too long");
        return -TS_ELIMIT;
    }
    return read_file(file, out, n, problem, size);
}

int secret_read(const json_t *reference, char **out, size_t *n, char *problem, size_t size)
{
    const char *file = json_string_value(json_object_get(reference, "file"));
    const char *env = json_string_value(json_object_get(reference, "env"));
    const char *credential = json_string_value(json_object_get(reference, "credential"));
    int rc;

    *out = NULL;
    if (json_object_size(reference) != 1 || (file == NULL && env == NULL && credential == NULL)) {
        snprintf(problem, size, "a reference is {\"file\": \"…\"}, {\"env\": \"…\"} or {\"credential\": \"…\"}");
        return -TS_EINVAL;
    }
    rc = file != NULL ? read_file(file, out, n, problem, size)
         : env != NULL ? read_env(env, out, n, problem, size)
                       : read_credential(credential, out, n, problem, size);
    if (rc == 0 && *n == 0) {
        snprintf(problem, size, "what it points to is empty");
        free(*out);
        *out = NULL;
        return -TS_EINVAL;
    }
    return rc;
}
