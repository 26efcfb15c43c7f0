/* explain_print.h - an explanation (match/explain.h) for a person at a terminal, in English or Chinese. */
#ifndef TELSIEVE_CLI_EXPLAIN_PRINT_H
#define TELSIEVE_CLI_EXPLAIN_PRINT_H

#include <jansson.h>
#include <stdio.h>

enum language { LANGUAGE_EN, LANGUAGE_ZH, LANGUAGES };

void explain_print(const json_t *explanation, enum language language, FILE *out);

/* The text as it came and as it was compared, one under the other, character above character; below them what was
 * found: ^ a phrase that counts, n a negated one, r a reported one, w warning context. */
void explain_print_text(const json_t *explanation, enum language language, FILE *out);

/* What explain_print says, in both languages; what is not in the table (identifiers, numbers) needs no translation. */
#define EXPLAIN_WORDS(X)                                                                                               \
    X(NUMBERS, "numbers", "号码")                                                                                      \
    X(CALLER, "caller", "主叫")                                                                                        \
    X(CALLEE, "callee", "被叫")                                                                                        \
    X(NO_NUMBER, "(no number)", "(无号码)")                                                                          \
    X(COUNTRY, "country", "国家码")                                                                                    \
    X(TRUST, "trust", "可信度")                                                                                        \
    X(FLAGS, "flags", "标记")                                                                                          \
    X(FACTS, "facts", "事实")                                                                                          \
    X(UNKNOWN, "facts unknown, because their fields are absent:", "项事实未知,因为缺少字段:")                         \
    X(IN_LISTS, "in lists", "名单命中")                                                                                \
    X(IN_LIST, "is in", "属于名单")                                                                                    \
    X(AS, "as", "条目")                                                                                                \
    X(TEXT, "text", "文本")                                                                                            \
    X(ORIGINAL, "original", "原文")                                                                                    \
    X(CANONICAL, "compared", "比对")                                                                                   \
    X(FOUND, "found", "命中")                                                                                          \
    X(LEGEND, "^ counts   n negated   r reported   w warning context", "^ 计入   n 被否定   r 被转述   w 警示语境")    \
    X(SIGNATURE, "signature", "签名")                                                                                  \
    X(HIDDEN, "characters were written so as to hide", "个字符经过伪装")                                               \
    X(FRAGMENTS, "fragments found", "命中短语")                                                                        \
    X(LIVE, "live", "有效")                                                                                            \
    X(NEGATED, "negated", "被否定")                                                                                    \
    X(REPORTED, "reported", "被转述")                                                                                  \
    X(SOUND, "sound", "同音")                                                                                         \
    X(SHAPE, "shape", "形近")                                                                                         \
    X(SPLIT, "split", "拆字")                                                                                         \
    X(LISTED, "word", "替换")                                                                                         \
    X(PINYIN, "pinyin", "拼音")                                                                                       \
    X(INITIALS, "initials", "缩写")                                                                                   \
    X(DISGUISED, "disguised", "经伪装")                                                                                \
    X(BY, "by", "短语")                                                                                                \
    X(BECAUSE, "because of", "原因")                                                                                   \
    X(RULES, "rules fired", "触发规则")                                                                                \
    X(FIRED, "fired", "触发")                                                                                          \
    X(NOT_TRUE, "not true", "条件不成立")                                                                              \
    X(UNSUPPORTED, "rests on too little", "依据不足")                                                                  \
    X(SUPPRESSED, "suppressed", "被抑制")                                                                              \
    X(SHADOW, "shadow", "试运行")                                                                                      \
    X(OFF, "off", "停用")                                                                                              \
    X(TIER, "tier", "等级")                                                                                            \
    X(HIGH, "high", "高")                                                                                              \
    X(MEDIUM, "medium", "中")                                                                                          \
    X(LOW, "low", "低")                                                                                                \
    X(SCORE, "score", "得分")                                                                                          \
    X(RESTS_ON, "rests on", "依据")                                                                                    \
    X(SUPPRESSED_BY, "suppressed by", "抑制来源")                                                                      \
    X(CANARY, "for this victim the canary acts as", "对该受害人,灰度规则按")                                            \
    X(SHARE, "share", "比例")                                                                                          \
    X(WITHIN, "true within the characters", "成立范围(字符)")                                                       \
    X(AGAINST, "what spoke against a warning", "反对告警的理由")                                                       \
    X(SILENCED, "silenced it", "已抑制")                                                                               \
    X(OVERRULED, "was overruled", "被否决")                                                                            \
    X(NEAR, "near misses", "接近触发")                                                                                 \
    X(MISSING, "missing", "缺少")                                                                                      \
    X(MORE, "more rules came less near", "条规则差得更多")                                                             \
    X(DRAFT, "the rule tried", "试用规则")                                                                             \
    X(MODEL, "learned model", "模型")                                                                                  \
    X(MOVED, "moves the tier by", "等级调整")                                                                          \
    X(WOULD, "would move the tier by", "若启用,等级调整")                                                             \
    X(GRAM, "gram", "字串")                                                                                            \
    X(FRAGMENT, "fragment", "短语")                                                                                    \
    X(FACT, "fact", "事实")                                                                                            \
    X(VERDICT, "verdict", "结论")                                                                                      \
    X(WARNED, "warned", "告警")                                                                                        \
    X(CLEAN, "clean", "正常")

enum explain_word {
#define X(id, en, zh) WORD_##id,
    EXPLAIN_WORDS(X)
#undef X
    EXPLAIN_WORD_COUNT
};

/* The word in a language. */
const char *explain_word(enum explain_word word, enum language language);

#endif
