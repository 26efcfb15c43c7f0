/* identity.c - the objects in the order of the dynamic linker, which is the same at every start. One without a build id
 * counts by its path, size and time. */
#include "match/identity.h"

#include "core/err.h"

#include <hs.h>
#include <link.h>
#include <openssl/evp.h>
#include <stdint.h>
#include <sys/stat.h>
#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>
#endif

static bool add_part(EVP_MD_CTX *md, const void *p, size_t n)
{
    uint64_t length = n;

    return EVP_DigestUpdate(md, &length, sizeof(length)) == 1 && EVP_DigestUpdate(md, p, n) == 1;
}

/* ---- what is loaded ---------------------------------------------------------------------------------------- */

static size_t padded(size_t n, size_t align)
{
    return (n + align - 1) / align * align;
}

/* The build id in one segment of notes; n 0 when there is none. */
static struct str find_build_id(const char *notes, size_t n, size_t align)
{
    while (n >= sizeof(ElfW(Nhdr))) {
        const ElfW(Nhdr) *note = (const void *)notes;
        const char *name = notes + sizeof(*note);
        size_t before = sizeof(*note) + padded(note->n_namesz, align);
        size_t all = before + padded(note->n_descsz, align);

        if (all > n)
            break;
        if (note->n_type == NT_GNU_BUILD_ID && note->n_namesz == 4 && memcmp(name, "GNU", 4) == 0)
            return (struct str){notes + before, note->n_descsz};
        notes += all;
        n -= all;
    }
    return (struct str){NULL, 0};
}

static struct str build_id(const struct dl_phdr_info *object)
{
    struct str found = {NULL, 0};

    for (size_t i = 0; i < object->dlpi_phnum && found.n == 0; i++) {
        const ElfW(Phdr) *segment = &object->dlpi_phdr[i];

        if (segment->p_type == PT_NOTE)
            found = find_build_id((const char *)(object->dlpi_addr + segment->p_vaddr), segment->p_memsz,
                                  segment->p_align == 8 ? 8 : 4);
    }
    return found;
}

static bool add_file(EVP_MD_CTX *md, const char *path)
{
    const char *real = path[0] != '\0' ? path : "/proc/self/exe";
    struct stat st = {0};

    (void)stat(real, &st);
    return add_part(md, path, strlen(path)) && add_part(md, &st.st_size, sizeof(st.st_size)) &&
           add_part(md, &st.st_mtim, sizeof(st.st_mtim));
}

/* Does it make or use what is kept? The program does, or libtelsieve in another one; and these. Others come and go:
 * what resolves names and logs in is loaded when it is first asked for. */
static bool counts(const struct dl_phdr_info *object)
{
    static const char *const libraries[] = {"libhs.", "libtelsieve.", "libpcre2-8.", "libstdc++.",
                                            "libgcc_s.", "libm.", "libc."};
    const char *slash = strrchr(object->dlpi_name, '/');

    for (size_t i = 0; slash != NULL && i < sizeof(libraries) / sizeof(*libraries); i++)
        if (strncmp(slash + 1, libraries[i], strlen(libraries[i])) == 0)
            return true;
    return object->dlpi_name[0] == '\0'; /* the program */
}

static int add_object(struct dl_phdr_info *object, size_t size, void *md)
{
    struct str id;

    (void)size;
    if (!counts(object))
        return 0;
    id = build_id(object);
    return (id.n > 0 ? add_part(md, id.p, id.n) : add_file(md, object->dlpi_name)) ? 0 : -TS_EENGINE;
}

/* ---- what it runs on --------------------------------------------------------------------------------------- */

static bool add_processor(EVP_MD_CTX *md)
{
    hs_platform_info_t platform = {0};
    unsigned cpu[8] = {0};

    if (hs_populate_platform(&platform) != HS_SUCCESS)
        return false;
#if defined(__x86_64__) || defined(__i386__)
    __get_cpuid(1, &cpu[0], &cpu[1], &cpu[2], &cpu[3]);
    cpu[1] = 0; /* tells the core as well */
    __get_cpuid_count(7, 0, &cpu[4], &cpu[5], &cpu[6], &cpu[7]);
#endif
    return add_part(md, &platform, sizeof(platform)) && add_part(md, cpu, sizeof(cpu));
}

int identity_key(const char *kind, const struct str *parts, size_t n, unsigned char out[CACHE_KEY_BYTES])
{
    EVP_MD_CTX *md = EVP_MD_CTX_new();
    bool ok = md != NULL && EVP_DigestInit_ex(md, EVP_sha256(), NULL) == 1 && add_part(md, kind, strlen(kind)) &&
              add_part(md, TELSIEVE_VERSION, strlen(TELSIEVE_VERSION)) &&
              add_part(md, hs_version(), strlen(hs_version())) &&
              dl_iterate_phdr(add_object, md) == 0 && add_processor(md) && add_part(md, &n, sizeof(n));

    for (size_t i = 0; i < n && ok; i++)
        ok = add_part(md, parts[i].p, parts[i].n);
    ok = ok && EVP_DigestFinal_ex(md, out, NULL) == 1;
    EVP_MD_CTX_free(md);
    return ok ? 0 : -TS_EENGINE;
}
