// re2_set.cpp - RE2::Set: tells which literals are in a text, not where nor how often.
#include "harness.h"

#include <re2/re2.h>
#include <re2/set.h>
#include <string>
#include <vector>

static void *build(const struct blobs *literals)
{
    RE2::Options options;

    options.set_encoding(RE2::Options::EncodingLatin1);
    options.set_literal(true);
    options.set_max_mem(INT64_C(4) << 30);
    auto *set = new RE2::Set(options, RE2::UNANCHORED);
    for (size_t i = 0; i < literals->n; i++)
        if (set->Add(re2::StringPiece(literals->at[i].p, literals->at[i].n), nullptr) < 0)
            return nullptr;
    return set->Compile() ? set : nullptr;
}

static int scan(void *built, struct blob text, struct report *report)
{
    static std::vector<int> found;
    RE2::Set::ErrorInfo error;

    found.clear();
    if (!static_cast<RE2::Set *>(built)->Match(re2::StringPiece(text.p, text.n), &found, &error))
        return error.kind != RE2::Set::kNoError;
    for (int literal : found)
        report_hit(report, static_cast<uint32_t>(literal));
    return 0;
}

int main(int argc, char **argv)
{
    const struct matcher matcher = {"", build, scan};

    return matcher_main(argc, argv, &matcher);
}
