/* decode_simdjson.cpp - the one C++ file. A walk notes where the values of known names lie; numbers, escapes and types
 * are read from these bytes by the C side, so that no string is copied here.
 *
 * On-Demand gives the start of a key but not its end, and of a value the bytes up to the next token: the key ends at
 * the quote before the colon before the value, the value where its trailing white space begins. A name is first
 * compared with the one that stood at the same place in the last text, which saves most look-ups. */
#if defined(__OPTIMIZE__) && !defined(NDEBUG)
#define NDEBUG /* simdjson's internal asserts cost a third of a walk; they stay in debug builds */
#endif

#include "record/decode_simdjson.h"

#include "record/floor.h"
#include "record/json_string.h"
#include "record/keys.h"

#include <new>
#include <simdjson.h>

using namespace simdjson;

struct json_walker {
    ondemand::parser parser;
    uint8_t guess[64]; /* by position in the last text: index of the known name that stood there */
};

namespace {

struct walk {
    const struct keys *parents;
    char *scratch;
    bool escapes;
    struct json_found *found;
    uint8_t *guess;
    size_t position;
};

bool is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

/* The key between `start` and the value: back over white space, the colon and the closing quote. */
struct str key_before(const char *start, const char *value)
{
    const char *end = value - 1;

    while (*end != ':')
        end--;
    do
        end--;
    while (*end != '"');
    return str_range(start, end);
}

/* The token without trailing white space. False when it cannot be a value: it has another beginning, its quotes do not
 * close, or a scalar is not followed by a comma or the end of the object (On-Demand would skip "a":"b":1} as well). */
bool token_of(std::string_view raw, struct str *token)
{
    size_t n = raw.size();
    char next = raw.data()[n];

    while (n > 0 && is_space(raw[n - 1]))
        n--;
    *token = {raw.data(), n};
    if (n == 0 || raw[0] == ',' || raw[0] == ':' || raw[0] == ']' || raw[0] == '}')
        return false;
    if (raw[0] == '{' || raw[0] == '[')
        return true;
    if (raw[0] == '"' && (n < 2 || raw[n - 1] != '"'))
        return false;
    return next == ',' || next == '}';
}

/* The known name that the key is, or nullptr; false when its escapes are broken. */
bool look_up(const struct walk &walk, const struct keys *keys, struct str key, const struct key_name **known)
{
    struct key_name name;

    if (walk.escapes && memchr(key.p, '\\', key.n) != nullptr) {
        size_t n;
        if (!json_unescape(key, walk.scratch, &n))
            return false;
        name = key_of(walk.scratch, n);
    } else {
        name = key_of_padded(key.p, key.n);
    }
    *known = keys_find(keys, &name);
    return true;
}

/* The same, guessing that records of one source have the same names in the same order. */
bool guess_or_look_up(struct walk &walk, const struct keys *keys, const char *start, const char *value,
                      const struct key_name **known)
{
    uint8_t *guess = &walk.guess[walk.position++ % 64];

    if (!walk.escapes && *guess < keys->n && key_stands_at(&keys->name[*guess], start)) {
        *known = &keys->name[*guess];
        return true;
    }
    if (!look_up(walk, keys, key_before(start, value), known))
        return false;
    if (*known != nullptr)
        *guess = uint8_t(*known - keys->name);
    return true;
}

bool walk_object(struct walk &walk, ondemand::object object, const struct keys *keys);

/* A nested object that holds fields; when the value is no object, the C side says what that means. */
bool walk_parent(struct walk &walk, ondemand::value value, struct str token, unsigned parent)
{
    const struct keys *keys = &walk.parents[parent];
    uint64_t bit = UINT64_C(1) << parent;
    ondemand::object object;

    if (walk.found->parents & bit)
        walk.found->twice = keys->name[0].target;
    walk.found->parents |= bit;
    walk.found->parent[parent] = token;
    return token.p[0] != '{' ||
           (value.get_object().get(object) == SUCCESS && walk_object(walk, object, keys));
}

bool walk_object(struct walk &walk, ondemand::object object, const struct keys *keys)
{
    for (auto result : object) {
        const struct key_name *known;
        struct str token;

        if (result.error() != SUCCESS)
            return false;
        ondemand::field &&field = std::move(result).value_unsafe();
        if (!token_of(field.value().raw_json_token(), &token) ||
            !guess_or_look_up(walk, keys, field.key().raw(), token.p, &known))
            return false;
        if (token.p[0] == '"' && field.value().get_raw_json_string().error() != SUCCESS)
            return false; /* steps over it, which is cheaper than having it skipped */
        if (known == nullptr)
            continue;
        int target = known->target;
        if (target >= KEYS_PARENT) {
            if (!walk_parent(walk, field.value(), token, unsigned(target - KEYS_PARENT)))
                return false;
            continue;
        }
        uint64_t bit = UINT64_C(1) << target;
        if (walk.found->seen & bit)
            walk.found->twice = target;
        walk.found->seen |= bit;
        walk.found->value[target] = token;
    }
    return true;
}

} // namespace

struct json_walker *json_walker_new(size_t capacity)
{
    struct json_walker *walker = new (std::nothrow) json_walker();

    if (walker != nullptr && walker->parser.allocate(capacity) != SUCCESS)
        json_walker_free(&walker);
    return walker;
}

void json_walker_free(struct json_walker **walker)
{
    delete *walker;
    *walker = nullptr;
}

enum json_walk json_walk(struct json_walker *walker, struct str text, const struct keys *keys,
                         const struct keys *parents, bool escapes, char *scratch, struct json_found *found)
{
    struct walk walk = {parents, scratch, escapes, found, walker->guess, 0};
    ondemand::document document;
    ondemand::object object;

    found->seen = found->parents = 0;
    found->twice = -1;
    error_code error = walker->parser.iterate(text.p, text.n, text.n + SIMDJSON_PADDING).get(document);
    if (error == MEMALLOC)
        return WALK_NO_MEMORY;
    if (error != SUCCESS || document.get_object().get(object) != SUCCESS || !walk_object(walk, object, keys))
        return WALK_BROKEN;
    return document.current_location().error() == OUT_OF_BOUNDS ? WALK_OBJECT : WALK_BROKEN;
}

bool json_utf8_valid(struct str s)
{
    return validate_utf8(s.p, s.n);
}

const char *json_walker_implementation(void)
{
    static const char *const known[] = {"icelake", "haswell", "westmere", "fallback"};

    for (const char *name : known)
        if (get_active_implementation()->name() == name)
            return name;
    return "other";
}

/* What a program with no other wish than speed would do: each key and value once, by the type it has. */
struct parse_floor {
    ondemand::parser parser;
    char *buf;
    size_t capacity;
};

namespace {

bool read_value(ondemand::value value, uint64_t *sum)
{
    ondemand::json_type type;
    std::string_view text;
    int64_t number;

    if (value.type().get(type) != SUCCESS)
        return false;
    switch (type) {
    case ondemand::json_type::string:
        if (value.get_string().get(text) != SUCCESS)
            return false;
        *sum += text.size();
        return true;
    case ondemand::json_type::number:
        if (value.get_int64().get(number) != SUCCESS)
            return false;
        *sum += uint64_t(number);
        return true;
    default: return true; /* skipped */
    }
}

} // namespace

struct parse_floor *parse_floor_new(size_t capacity)
{
    struct parse_floor *floor = new (std::nothrow) parse_floor;

    if (floor == nullptr)
        return nullptr;
    floor->capacity = capacity;
    floor->buf = new (std::nothrow) char[capacity + SIMDJSON_PADDING];
    if (floor->buf == nullptr || floor->parser.allocate(capacity) != SUCCESS)
        parse_floor_free(&floor);
    return floor;
}

void parse_floor_free(struct parse_floor **floor)
{
    if (*floor != nullptr)
        delete[] (*floor)->buf;
    delete *floor;
    *floor = nullptr;
}

bool parse_floor_run(struct parse_floor *floor, struct str payload, uint64_t *sum)
{
    ondemand::document document;
    ondemand::object object;

    if (payload.n > floor->capacity)
        return false;
    memcpy(floor->buf, payload.p, payload.n);
    memset(floor->buf + payload.n, 0, SIMDJSON_PADDING);
    if (floor->parser.iterate(floor->buf, payload.n, payload.n + SIMDJSON_PADDING).get(document) != SUCCESS ||
        document.get_object().get(object) != SUCCESS)
        return false;
    for (auto result : object) {
        ondemand::field field;
        std::string_view key;
        if (std::move(result).get(field) != SUCCESS || field.unescaped_key().get(key) != SUCCESS ||
            !read_value(field.value(), sum))
            return false;
        *sum += key.size();
    }
    return true;
}

const char *parse_floor_implementation(void)
{
    return json_walker_implementation();
}
