#!/usr/bin/python3
"""Disguises what is found undisguised and prints what is still found, kind by kind.

usage: run.py [TELSIEVE [PATTERNS]]

Texts: the hit samples of all rules, and texts made from templates. Hidden are the words of the evidence: its runs of
Han characters, cut into words by a dictionary. Each run takes every
SHARE-th text, another share each time, so that all are used. Negatives: the miss samples and the silent cases,
in which the same words are hidden, as far as one
who is lawful might (disguised).
SHOW=FILE appends what was missed and what is a false alarm to FILE, as TSV.
Exit 1 when a kind of disguise is below ONE, three at once below THREE, or more than ALARMS negatives of a row speak.
"""

import collections
import glob
import itertools
import json
import os
import random
import re
import subprocess
import sys

import disguise

# None is wanted; so many of the 300 negatives of a row are what is reached. A row with any is marked.
ALARMS = 2
DICTIONARY = disguise.dictionary()
ONE, THREE, SEED, TEMPLATES, SHARE = 0.97, 0.90, 20261122, 2000, 6

PARTS = {
    'loan': ['无抵押', '无担保', '低利息'], 'fast': ['秒到账', '当天放款', '秒批'], 'who': ['黑户可贷', '征信花也能下款', '逾期也可以做'],
    'add': ['加微信', '添加QQ', '联系客服微信'], 'id': ['dk778899', 'vx556677', '2811002233', 'kf900211'],
    'amount': ['20万', '50000元', '8万'], 'job': ['刷单', '点赞', '抖音关注'], 'pay': ['日结200', '佣金300元', '一单一结'],
    'fee': ['保证金', '解冻金', '验资费', '工本费'], 'case': ['涉嫌洗钱', '涉嫌诈骗', '涉嫌贩毒'], 'police': ['公安局', '检察院'],
    'url': ['http://abc-kf.top/x', 'http://icbc-vx.cc', 'http://wz8.example.top'],
}
TEMPLATES_BY_FAMILY = [
    '{loan}贷款{amount},{fast},{who},{add}{id}', '您申请的贷款{amount}已通过,请先缴纳{fee}后放款,{add}{id}',
    '招聘兼职{job},{pay},在家可做,{add}{id}', '做{job}任务先垫付500返650,{add}{id}',
    '任务未完成不能提现,请再充值5000元,联系客服{id}', '您的快递丢失,双倍理赔,请{add}{id}办理退款',
    '百万保障到期将自动扣费2000元,取消请{add}{id}', '您{case},请将资金转入安全账户配合{police}核查',
    '{police}通知:你{case}已被立案侦查,请登录{url}查看通缉令并转账到安全账户', '您的银行卡已冻结,请点击{url}输入验证码和密码解冻',
    '银行卡积分即将过期,点击{url}兑换现金', '恭喜您获得大奖{amount},请先缴纳{fee}领奖,{add}{id}',
    '我是你领导,明天到我办公室来一趟,急用钱,转账{amount}到这个账户', '股票内幕消息,老师带你稳赚不赔,{add}{id}进群',
    '注销校园贷账户,否则影响征信,请下载会议软件打开屏幕共享', '跑分兼职,出租银行卡日赚1000,{add}{id}',
]


def made_texts(chance):
    for n in range(TEMPLATES):
        text = TEMPLATES_BY_FAMILY[n % len(TEMPLATES_BY_FAMILY)]
        yield text.format(**{name: chance.choice(words) for name, words in PARTS.items()})


def record(text, given=None, calling='17112345678'):
    out = dict(v=1, kind='sms', ts=1763776800000, calling=calling, called='13812345678', ingress='onnet', text=text)
    out.update(given or {})
    return out


def field(rec):
    return 'asr_text' if 'asr_text' in rec else 'text'


def samples(folder, key, calling='17112345678'):
    for path in sorted(glob.glob(os.path.join(folder, '*.json'))):
        with open(path, encoding='utf-8') as file:
            for rule in json.load(file).get('rules', []):
                if rule.get('state') == 'off':
                    continue
                for sample in rule.get(key, []):
                    rec = record(sample, None, calling) if isinstance(sample, str) else \
                        record(sample.get('text', ''), sample, calling)
                    if rec.get(field(rec)):
                        yield rec


def silent_cases():
    for path in sorted(glob.glob('tests/cases/*.jsonl')):
        with open(path, encoding='utf-8') as lines:
            for case in map(json.loads, filter(str.strip, lines)):
                rec = case.get('record', {})
                if case.get('expect', 'warned') != 'warned' and rec.get(field(rec)):
                    yield rec


class Engine:
    def __init__(self, program, patterns):
        self.command = [program, 'scan', '-r', patterns, '--all', '--format', 'jsonl', '-']

    def warnings(self, records):
        """The warning of each record, or None."""
        lines = [json.dumps(dict(rec, id=str(i)), ensure_ascii=False) for i, rec in enumerate(records)]
        run = subprocess.run(self.command, input='\n'.join(lines) + '\n', capture_output=True, text=True, check=False)
        out = [None] * len(records)
        seen = 0
        for line in run.stdout.splitlines():
            result = json.loads(line)
            seen += 1
            if result['verdict'] == 'warned':
                source = result['source'] if 'source' in result else result['warning']['source']
                out[int(source['record'])] = \
                    result.get('warning') or {}
        assert seen == len(records), run.stderr[-2000:]
        return out


def cut(indexes, text):
    """Neighbouring Han characters, cut into words: the longest of the dictionary each."""
    words = []
    for run in disguise.runs_of([c if i in indexes else '' for i, c in enumerate(text)], disguise.HAN.match):
        while run:
            n = next((n for n in (4, 3, 2) if ''.join(text[i] for i in run[:n]) in DICTIONARY and len(run) >= n), 1)
            words += [run[:n]] if n > 1 else []
            run = run[n:]
    return [word for word in words if disguise.is_telling(text[i] for i in word)]


def words_of_evidence(rec, warning):
    text, hidden = rec[field(rec)], set()
    for rule in warning.get('rules', []):
        for item in rule.get('evidence', []):
            hidden.update(range(item['start'], item['end']))
    return cut(hidden, text)


def words_known(rec, known):
    """Those of the words hidden elsewhere that stand in this text too."""
    text, out, i = rec[field(rec)], [], 0
    while i < len(text):
        n = next((n for n in (4, 3, 2) if len(text[i:i + n]) == n and text[i:i + n] in known), 1)
        if n > 1:
            out.append(list(range(i, i + n)))
        i += n
    return out


# A lawful sender's name, address or number in other letters is no longer his: that is not tried on negatives.
CONTACT = re.compile(r'^【[^】]*】|[A-Za-z0-9.:/_@?=&%+-]*(?:\.[A-Za-z]|[0-9][0-9-]{3,})[A-Za-z0-9.:/_@?=&%+-]*')


# Who is lawful hides no words; he mistypes a character here and there. Three are no accident (text.disguise).
RESPELLED = ('homophones', 'shapes', 'parts', 'pinyin')
SLIPS = 2


def disguised(items, kinds, strength, chance, lawful=False):
    """`lawful`: contacts stay as they are, and few words are spelled in another way."""
    out = []
    for rec, words in items:
        cells = list(rec[field(rec)])
        kept = [i for found in CONTACT.finditer(rec[field(rec)]) for i in range(*found.span())] if lawful else []
        for kind in disguise.KINDS:
            if kind in kinds:
                few = lawful and kind in RESPELLED
                disguise.KINDS[kind](cells, chance.sample(words, min(SLIPS, len(words))) if few else words, chance,
                                     1 if few else strength)
                for i in kept:
                    cells[i] = rec[field(rec)][i]
        out.append(dict(rec, **{field(rec): ''.join(cells)}))
    return out


def main():
    program = sys.argv[1] if len(sys.argv) > 1 else 'build/telsieve'
    patterns = sys.argv[2] if len(sys.argv) > 2 else 'patterns'
    chance, engine = random.Random(SEED), Engine(program, patterns)
    candidates = list(samples(patterns, 'hit')) + [record(text) for text in made_texts(chance)]
    quiet = list(samples(patterns, 'miss', '13912345678')) + list(silent_cases())
    first = engine.warnings(candidates + quiet)
    hits = [(rec, words_of_evidence(rec, warning)) for rec, warning in zip(candidates, first) if warning is not None]
    known = {''.join(rec[field(rec)][i] for i in word) for rec, words in hits for word in words}
    quiet = [(rec, words_known(rec, known)) for rec, warning in zip(quiet, first[len(candidates):]) if warning is None]
    threes = random.Random(SEED).sample(list(itertools.combinations(disguise.KINDS, 3)), 6)
    runs = [((kind,), strength) for kind in disguise.KINDS for strength in (1, 2)] + [(three, 1) for three in threes]
    texts = []
    share = [(hits[i % SHARE::SHARE], quiet[i % SHARE::SHARE]) for i in range(len(runs))]
    for (kinds, strength), (some, silent) in zip(runs, share):
        texts += disguised(some, kinds, strength, chance) + disguised(silent, kinds, strength, chance, lawful=True)
    judged = iter(engine.warnings(texts))
    print('%d texts are hit undisguised (of %d), %d are not to be' % (len(hits), len(candidates), len(quiet)))
    print('%-44s %8s %8s %12s' % ('disguise', 'strength', 'recall', 'new alarms'))
    failed, place, asked = False, 0, rules_that_ask_for_disguise(patterns)
    for (kinds, strength), (some, silent) in zip(runs, share):
        row = [(text, before, next(judged)) for text, (before, _) in zip(texts[place:], some + silent)]
        place += len(row)
        missed = [shown for shown in row[:len(some)] if shown[2] is None]
        alarms = [shown for shown in row[len(some):]
                  if shown[2] is not None and not asked.issuperset(rules_of(shown[2]))]
        recall = 1 - len(missed) / len(some)
        below = recall < (ONE if len(kinds) == 1 else THREE)
        failed = failed or below or len(alarms) > ALARMS
        print('%-44s %8d %7.1f%% %12d%s' % (' + '.join(kinds), strength, 100 * recall, len(alarms),
                                            '  <-' if below or alarms else ''))
        show('MISS', kinds, strength, missed)
        show('ALARM', kinds, strength, alarms)
    return 1 if failed else 0


def rules_of(warning):
    return [rule['id'] for rule in warning.get('rules', [])]


def rules_that_ask_for_disguise(folder):
    """Such a rule is right to fire on a disguised text, whatever that was before."""
    out = set()
    for path in glob.glob(os.path.join(folder, '*.json')):
        with open(path, encoding='utf-8') as file:
            out.update(rule['id'] for rule in json.load(file).get('rules', []) if 'text.disguise' in rule['when'])
    return out


def show(what, kinds, strength, row):
    """Append to the file that SHOW names: what it is, the disguise, the text disguised and before, the rules."""
    if os.environ.get('SHOW'):
        with open(os.environ['SHOW'], 'a', encoding='utf-8') as file:
            for text, before, warning in row:
                rules = ' '.join(rules_of(warning or {}))
                print('%s %s %d' % (what, '+'.join(kinds), strength), text[field(text)], before[field(before)], rules,
                      sep='\t', file=file)


if __name__ == '__main__':
    sys.exit(main())
