/* decode_simdjson.cpp - the one C++ file. A walk notes where the values of known names lie; numbers, escapes and types
 * are read from these bytes by the C side, so that no string is copied here.
 *
 * simdjson's first stage checks UTF-8 and strings and lists where tokens begin: brackets, colons, commas, opening
 * quotes, scalars. The walk goes over this list, as On-Demand does: a key ends at the quote before its colon, a scalar
 * where the white space before the next token begins. Behind the list stand two entries that point behind the text.
 * A name is first compared with the one that last stood behind the same name, which saves most look-ups. */
#if defined(__OPTIMIZE__) && !defined(NDEBUG)
#define NDEBUG /* simdjson's internal asserts cost a third of a walk; they stay in debug builds */
#endif

#include "record/decode_simdjson.h"

#include "record/floor.h"
#include "record/json_string.h"
#include "record/keys.h"

#include <memory>
#include <new>
#include <simdjson.h>

using namespace simdjson;

struct json_walker {
    std::unique_ptr<internal::dom_parser_implementation> stage;
    uint8_t guess[KEYS_MAX + 1]; /* by index of a known name (KEYS_MAX: the start): that of the one that came next */
};

namespace {

struct walk {
    const char *text;
    const uint32_t *tokens;
    size_t ntokens;
    const struct keys *parents;
    char *scratch;
    bool escapes;
    struct json_found *found;
    uint8_t *guess;
    size_t last; /* index of the last known name, KEYS_MAX at the start */
};

/* The key between `start` and its colon: back over white space and the closing quote. */
struct str key_before(const char *start, const char *colon)
{
    const char *end = colon;

    do
        end--;
    while (*end != '"');
    return str_range(start, end);
}

/* The bytes of a value up to the next token, without white space at the end. False when they cannot be one: another
 * beginning, quotes that do not close, or a scalar that is not followed by a comma or the end of the object. */
bool token_of(const char *start, const char *next, struct str *token)
{
    const char *end = next;

    while (end > start && str_is_space(end[-1]))
        end--;
    *token = str_range(start, end);
    switch (*start) {
    case ',':
    case ':':
    case ']':
    case '}': return false;
    case '{':
    case '[': return end > start;
    case '"':
        if (end - start < 2 || end[-1] != '"')
            return false;
        break;
    default:
        if (end == start)
            return false;
    }
    return *next == ',' || *next == '}';
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

/* The same, guessing that the name that followed the last one before follows it again. */
bool guess_or_look_up(struct walk &walk, const struct keys *keys, const char *start, const char *colon,
                      const struct key_name **known)
{
    uint8_t *guess = &walk.guess[walk.last];

    if (!walk.escapes && *guess < keys->n && key_stands_at(&keys->name[*guess], start)) {
        *known = &keys->name[*guess];
        walk.last = *guess;
        return true;
    }
    if (!look_up(walk, keys, key_before(start, colon), known))
        return false;
    if (*known != nullptr)
        walk.last = *guess = uint8_t(*known - keys->name);
    return true;
}

/* Behind the array or object that begins at token `at`, counting brackets of either kind; 0 when it does not end. */
size_t skip(const struct walk &walk, size_t at)
{
    size_t depth = 0;

    for (; at < walk.ntokens; at++) {
        char c = walk.text[walk.tokens[at]];
        if (c == '{' || c == '[')
            depth++;
        else if ((c == '}' || c == ']') && --depth == 0)
            return at + 1;
    }
    return 0;
}

size_t walk_object(struct walk &walk, size_t at, const struct keys *keys);

/* A nested object that holds fields, from token `at` on; returns the token behind it, 0 when it is broken. When the
 * value is no object, the C side says what that means. */
size_t walk_parent(struct walk &walk, size_t at, struct str token, unsigned parent)
{
    const struct keys *keys = &walk.parents[parent];
    uint64_t bit = UINT64_C(1) << parent;

    if (walk.found->parents & bit)
        walk.found->twice = keys->name[0].target;
    walk.found->parents |= bit;
    walk.found->parent[parent] = token;
    if (token.p[0] == '{')
        return walk_object(walk, at, keys);
    return token.p[0] == '[' ? skip(walk, at) : at + 1;
}

/* The value of a known name, a field. */
void note(struct json_found *found, int target, struct str token)
{
    uint64_t bit = UINT64_C(1) << target;

    if (found->seen & bit)
        found->twice = target;
    found->seen |= bit;
    found->value[target] = token;
}

/* Go over the value at token `at` that is nested, or should be; returns the token behind it, 0 when it is broken. */
size_t pass(struct walk &walk, size_t at, struct str value, const struct key_name *known)
{
    if (known != nullptr && known->target >= KEYS_PARENT)
        return walk_parent(walk, at, value, unsigned(known->target - KEYS_PARENT));
    return skip(walk, at);
}

/* The members of the object that begins at token `at`; returns the token behind it, 0 when it is broken. */
size_t walk_object(struct walk &walk, size_t at, const struct keys *keys)
{
    const char *const text = walk.text;
    const uint32_t *token = walk.tokens + at + 1;

    if (text[*token] == '}')
        return at + 2;
    for (;;) {
        const struct key_name *known;
        struct str value;
        char behind;

        if (token >= walk.tokens + walk.ntokens || text[token[0]] != '"' || text[token[1]] != ':' ||
            !token_of(text + token[2], text + token[3], &value) ||
            !guess_or_look_up(walk, keys, text + token[0] + 1, text + token[1], &known))
            return 0;
        token += 3;
        if (known != nullptr && known->target < KEYS_PARENT)
            note(walk.found, known->target, value);
        if (value.p[0] == '{' || value.p[0] == '[' || (known != nullptr && known->target >= KEYS_PARENT)) {
            at = pass(walk, size_t(token - 1 - walk.tokens), value, known);
            if (at == 0)
                return 0;
            token = walk.tokens + at;
        }
        behind = text[*token++];
        if (behind != ',')
            return behind == '}' ? size_t(token - walk.tokens) : 0;
    }
}

} // namespace

struct json_walker *json_walker_new(size_t capacity)
{
    struct json_walker *walker = new (std::nothrow) json_walker();

    if (walker != nullptr &&
        get_active_implementation()->create_dom_parser_implementation(capacity, 1, walker->stage) != SUCCESS)
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
    internal::dom_parser_implementation &stage = *walker->stage;
    error_code error = text.n > stage.capacity() ? stage.set_capacity(text.n) : SUCCESS;

    found->seen = found->parents = 0;
    found->twice = -1;
    if (error == SUCCESS)
        error = stage.stage1(reinterpret_cast<const uint8_t *>(text.p), text.n, stage1_mode::regular);
    if (error == MEMALLOC)
        return WALK_NO_MEMORY;
    if (error != SUCCESS || text.p[stage.structural_indexes[0]] != '{')
        return WALK_BROKEN;
    struct walk walk = {text.p, stage.structural_indexes.get(), stage.n_structural_indexes, parents, scratch, escapes,
                        found, walker->guess, KEYS_MAX};
    return walk_object(walk, 0, keys) == walk.ntokens ? WALK_OBJECT : WALK_BROKEN;
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

/* What a program with no other wish than speed would do: each key and value once, by the type it has. Keys are left in
 * the payload: to copy them out costs an eighth more, and the decoder does not either. */
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
        if (std::move(result).get(field) != SUCCESS || !read_value(field.value(), sum))
            return false;
        *sum += uint8_t(field.key().raw()[0]);
    }
    return true;
}

const char *parse_floor_implementation(void)
{
    return json_walker_implementation();
}
