"""Invented libraries of any size, in the manner of patterns/: phrases combined of words that people do write, so that
their anchors stand in lawful texts about as often as those of real ones; rules that need two sets."""
import json
import os
import random
import re
import shutil

TABLES = ("folding.json", "polarity.json", "variants.json", "ordinary.txt", "numbers")
PHRASES_PER_SET = 5
PHRASES_PER_LIBRARY = 2000
COMMON_SHARE = 0.2  # of words: those that the trade has in every second phrase

# Said of phone, money and parcels, by lawful senders and by others.
COMMON = """账户 微信 银行卡 冻结 领取 账号 联系 保证金 额度 办理 贷款 注销 提现 关闭 放款 客服 资金 退款 取消 手机 异常
停用 平台 电话 支付 卡号 转到 快递 包裹 理赔 订单 会员 扣费 验证 下载 软件 屏幕 共享 会议 投资 收益 导师 任务 返利 佣金
兼职 日结 刷单 点赞 积分 兑换 礼品 中奖 缴费 社保 医保 年检 违章 罚款 航班 改签 补偿 机票 签证 学费 房租 押金 流水 征信
逾期 利息 到账 解冻 核实 配合 案件 保密 转入 账单 余额 尾号 套餐 流量 宽带 营业厅 门店 驿站 取件 派件 物流 签收 赔付 双倍
点击 链接 登录 密码 身份证 实名 认证 绑定 解绑 升级 过期 更新 激活 授权 审核 预约 名额 限时 优惠 特价 代办 开通 申请""".split()

# What a phrase must not be made of, because it would be denied or told of, not said; words of the lists of
# polarity.json besides.
TURNING = set("不没未勿别非无诈骗凡谓冒假谨防莫休禁拒止若如果据称说谣传警惕上当识反其者所")
TURNING_LISTS = ("negators", "weak_negators", "reporters", "around", "verdicts", "speakers", "doubts", "headings")

LAWFUL = (
    "您的{}已办好,请到门店领取,谢谢。", "{}的资料我看过了,下午开会再谈。", "明天{}的事改到三点,地点在二楼。",
    "【河畔商城】您预订的{}已发货,预计两天后到达。", "孩子说{}很好,周末带他再去一次。", "【南山供水】{}检修,今晚停水两小时。",
    "收到,{}的数字再核对一下,其他都好。", "【城东医院】您的{}检查已约好,请提前半小时到。", "路上堵车,{}你先弄,我晚点到。",
    "【江畔银行】您的{}本期账单已出,请按时还款。", "{}我放在门卫那里了,你下班去拿。", "老王问{}还要几天,他好安排车。",
)


def read_words(path):
    """The frequent ones of ordinary.txt: first character, its frequent second ones, | and the others."""
    words = []
    with open(path, encoding="utf-8") as file:
        for line in file:
            if line.startswith("#") or len(line) < 3:
                continue
            words += [line[0] + second for second in line[1:].partition("|")[0].strip()]
    return [word for word in words if not TURNING & set(word)]


def read_turning(path):
    """A pattern of the words of two characters or more that turn what stands beside them."""
    def words(value):
        return [value] if isinstance(value, str) else [word for part in value for word in words(part)]

    with open(path, encoding="utf-8") as file:
        polarity = json.load(file)
    turning = [word for name in TURNING_LISTS for word in words(polarity[name]) if len(word) > 1 and "[" not in word]
    return re.compile("|".join(map(re.escape, turning)))


class Inventor:
    def __init__(self, patterns, seed):
        self.random = random.Random(seed)
        self.of_rules = random.Random(seed + 1)  # so that the phrases are the same under any number of rules
        self.turning = read_turning(os.path.join(patterns, "polarity.json"))
        self.words = read_words(os.path.join(patterns, "ordinary.txt"))
        self.random.shuffle(self.words)
        self.seen = set()

    def word(self):
        """Some words are frequent: rank by a power of a uniform number."""
        if self.random.random() < COMMON_SHARE:
            return self.random.choice(COMMON)
        return self.words[int(len(self.words) * self.random.random() ** 1.5)]

    def piece(self):
        return self.word() if self.random.random() < 0.35 else self.word() + self.word()

    def alternatives(self):
        return "[" + "|".join(dict.fromkeys(self.piece() for _ in range(self.random.randint(2, 5)))) + "]"

    def make(self):
        """As the libraries: more than half have a gap, the others are a word of several or alternatives."""
        kind = self.random.random()
        if kind < 0.45:
            return self.piece() + "~" + self.piece()
        if kind < 0.60:
            return self.alternatives() + "~" + self.alternatives()
        if kind < 0.75:
            return self.word() + self.alternatives()
        return self.word() + self.piece() + (self.word() if self.random.random() < 0.3 else "")

    def phrase(self):
        while True:
            phrase = self.make()
            if phrase not in self.seen and not self.turning.search(spell(phrase)):
                self.seen.add(phrase)
                return phrase


def spell(phrase):
    """One way to write it."""
    out = ""
    for part in phrase.replace("~", "给您").split("["):
        words, _, rest = part.partition("]")
        out += words.split("|")[0] + rest
    return out


def pieces_of(phrase):
    """Words of which one of each step must stand in a text."""
    steps = []
    for part in phrase.replace("~", "[").split("["):
        if part:
            words, closed, rest = part.partition("]")
            steps += [words.split("|")] + ([[rest]] if closed and rest else [])
    return steps


def could_hit(phrases, text):
    return any(all(any(word in text for word in step) for step in pieces_of(phrase)) for phrase in phrases)


def make_rule(inventor, number, topic, action, sets):
    """Its hit sample has a phrase of each set; its miss sample one of the first in a lawful text."""
    pick = inventor.of_rules.choice
    hit = ""
    while hit == "" or inventor.turning.search(hit):
        hit = "{},请您今天{}。".format(spell(pick(sets[topic])), spell(pick(sets[action])))
    miss = ""
    while miss == "" or could_hit(sets[action], miss):
        miss = pick(LAWFUL).format(spell(pick(sets[topic])))
    return {"id": "Y-%06d" % number, "type": "测试", "state": "live", "tier": "medium", "scope": "text",
            "when": "%s and %s" % (topic, action), "reason": "测试用", "hit": [hit], "miss": [miss]}


def make_library(inventor, index, nphrases, first_rule, nrules):
    sets = {}
    while nphrases > 0:
        n = min(PHRASES_PER_SET, nphrases)
        sets["set_%d" % len(sets)] = [inventor.phrase() for _ in range(n)]
        nphrases -= n
    names = list(sets)
    half = len(names) // 2
    topics, actions = names[:half], names[half:]
    rules = [make_rule(inventor, first_rule + i, topics[i % half], inventor.of_rules.choice(actions), sets)
             for i in range(nrules)]
    return {"telsieve": 1, "library": "invented-%d" % index, "family": "X", "title": "invented", "version": "2026.11.22",
            "sets": {name: {"role": "T" if i < half else "A", "phrases": phrases}
                     for i, (name, phrases) in enumerate(sets.items())},
            "rules": rules}


def invent(out, nphrases, nrules, patterns="patterns", seed=20261122):
    """Write a folder of libraries with so many phrases and rules, and the tables of `patterns`."""
    shutil.rmtree(out, ignore_errors=True)
    os.makedirs(out)
    for name in TABLES:
        os.symlink(os.path.abspath(os.path.join(patterns, name)), os.path.join(out, name))
    inventor = Inventor(patterns, seed)
    count = (nphrases + PHRASES_PER_LIBRARY - 1) // PHRASES_PER_LIBRARY
    for i in range(count):
        library = make_library(inventor, i, nphrases * (i + 1) // count - nphrases * i // count,
                               nrules * i // count, nrules * (i + 1) // count - nrules * i // count)
        with open(os.path.join(out, library["library"] + ".json"), "w", encoding="utf-8") as file:
            json.dump(library, file, ensure_ascii=False, indent=1)
