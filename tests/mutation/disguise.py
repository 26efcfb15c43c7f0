"""Disguises as senders of scams write them. A text is a list of cells, one for each of its characters: what is replaced
changes its cell, what is put behind a character is appended to it, so that disguises can follow each other. Each takes
cells, the words to hide (lists of indexes), a source of chance and a strength, and changes the cells. Strength 1
touches one character of each word (or every second place), strength 2 two characters, but never all of a word (or every
place).
"""

import bz2
import collections
import os
import re
import unicodedata

UNICODE = '/usr/share/unicode'
HAN = re.compile('[\u4e00-\u9fff]')
SYMBOLS = '★·*_/^~|♥◆▲☆※●-+='
ZERO_WIDTH = '\u200b\u200c\u200d\u2060\ufeff\u00ad'
EMOJI = '😊👍🔥💰❤🎁✅🌹'
LATIN = {'a': 'аɑ𝐚ⓐ', 'c': 'сᴄ𝐜', 'e': 'еᴇ𝐞', 'o': 'оᴏ𝐨', 'p': 'рᴘ𝐩', 'x': 'хⓧ𝐱',
         'v': 'ⅴⓥ🅥', 'w': 'ⓦ𝐰', 'q': 'ⓠ𝐪', 'k': 'ⓚ𝐤'}
DIGITS = {'0': '𝟎⓪０', '1': '𝟏①１', '2': '𝟐②❷', '3': '𝟑③❸', '4': '𝟒④❹', '5': '𝟓⑤❺', '6': '𝟔⑥❻', '7': '𝟕⑦❼',
          '8': '𝟖⑧❽', '9': '𝟗⑨❾'}
CIRCLED, NUMERALS, FORMAL = '⓪①②③④⑤⑥⑦⑧⑨', '零一二三四五六七八九', '零壹贰叁肆伍陆柒捌玖'
# Written down for this test, not taken from the tables it tries.
SHAPES = {'贷': '货', '账': '胀', '款': '歀', '未': '末', '己': '已', '户': '卢', '检': '险', '证': '怔', '银': '很', '单': '箪',
          '刷': '唰', '佣': '拥', '微': '徽', '加': '咖', '转': '砖', '钱': '线', '领': '颂', '冻': '栋', '涉': '陟', '嫌': '慊',
          '退': '腿', '费': '弗', '购': '构', '付': '仅', '充': '允', '值': '植', '投': '没', '资': '姿', '收': '攻', '息': '熄',
          '借': '惜', '额': '颜', '提': '堤', '现': '观', '返': '反', '利': '刹', '赔': '陪', '理': '埋', '免': '兔', '押': '抻',
          '客': '容', '服': '报', '秒': '炒', '安': '案', '全': '金', '公': '分', '法': '怯', '院': '皖', '验': '检', '码': '妈'}
PARTS = {'好': '女子', '贷': '代贝', '权': '木又', '你': '亻尔', '证': '讠正', '钱': '钅戋', '银': '钅艮', '付': '亻寸', '做': '亻故',
         '投': '扌殳', '提': '扌是', '打': '扌丁', '扣': '扌口', '红': '纟工', '法': '氵去', '信': '亻言', '保': '亻呆', '验': '马佥',
         '码': '石马', '利': '禾刂', '额': '客页', '借': '亻昔', '他': '亻也', '们': '亻门', '领': '令页', '账': '贝长', '赚': '贝兼',
         '钟': '钅中', '现': '王见', '理': '王里', '转': '车专', '快': '忄夬', '情': '忄青', '活': '氵舌', '安': '宀女', '客': '宀各',
         '秒': '禾少', '和': '禾口', '险': '阝佥', '院': '阝完', '给': '纟合', '结': '纟吉', '话': '讠舌', '认': '讠人', '识': '讠只'}
INITIALS = {'银行卡': 'yhk', '验证码': 'yzm', '保证金': 'bzj', '京东': 'jd', '刷单': 'sd', '身份证': 'sfz', '手续费': 'sxf'}

# Words that are hidden as a whole; those of two characters that every dictionary has are read from one.
WORDS = set(
    '刷单 刷信誉 点赞 返利 返现 佣金 垫付 补单 做单 连单 日结 兼职 招聘 贷款 网贷 校园贷 信用卡 额度 提额 套现 黑户 征信 逾期 洗白 '
    '秒批 放款 下款 到账 秒到账 低息 无抵押 无担保 免抵押 手续费 工本费 验资费 解冻金 保证金 认证金 保险费 会员费 银行卡 银行账户 '
    '验证码 密码 身份证 账户 账号 安全账户 监管账户 专用账户 对公账户 资金 转账 转入 汇款 汇入 打款 充值 提现 冻结 解冻 涉嫌 洗钱 '
    '诈骗 贩毒 通缉令 逮捕令 传票 公安局 派出所 检察院 法院 刑警 民警 检察官 专案组 立案 侦查 核查 配合 保密 案件 拘捕 快递 包裹 理赔 '
    '退款 退货 双倍 赔付 赔偿 客服 客服微信 质量问题 丢失 百万保障 自动扣费 扣费 会员 取消 注销 屏幕共享 会议软件 下载 安装 点击 '
    '链接 网址 网站 登录 积分 兑换 兑奖 中奖 领奖 大奖 奖金 奖品 恭喜 幸运 礼品 股票 股市 荐股 内幕 内幕消息 老师 带单 导师 投资 理财 '
    '项目 收益 稳赚不赔 稳赚 翻倍 博彩 彩票 投注 开户 下注 棋牌 跑分 出租 出售 收购 收卡 电话卡 对公 微信 微信群 进群 加群 加微 添加 '
    '支付宝 扫码 二维码 红包 免费 领取 办公室 领导 急用 急用钱 借钱 借我 周转 医药费 住院 车祸 手术 学费 机票 航班 改签 退票 延误 '
    '社保 医保 补贴 补助 停用 异常 失效 过期 尽快 立即 马上 否则 影响 法律责任 起诉 强制执行 催收 代办 办证 发票 代开 开票 虚拟币 '
    '数字货币 平台 客户 用户 尊敬 任务 流水 刷流水 包装 内部 名额 限时 优惠 代还 换号 号码 新号码 老板 转给 卡号 汇到 打到'.split())

# Words of these alone say nothing of a scam: nobody hides them.
FUNCTION = set('的了是我你您他她它们在有没不无未这那个一二两几些和与及或也都就还又再已经要需能会可以请把被给让向对为从到来去上下里中内外前后'
               '后时候现今明天年月日好吗吧呢啊呀哦什么怎谁哪多少很太更最只仅因所如果但而之其此该本各每某进行先生女士亲年等用过得着想说做')


def dictionary():
    """WORDS, and the word list of jieba as far as the project keeps it."""
    words = set(WORDS)
    with open('patterns/ordinary.txt', encoding='utf-8') as lines:
        for line in lines:
            if not line.startswith('#') and ' ' in line:
                first, seconds = line.rstrip('\n').split(' ', 1)
                words.update(first + c for c in seconds if c != '|')
    return words


def is_telling(word):
    return not FUNCTION.issuperset(word)


class Readings:
    """How the common characters sound, and which sound alike."""

    def __init__(self):
        self.sound, self.alike, self.traditional = {}, collections.defaultdict(list), {}
        common, count = set(), collections.Counter()
        for cp, key, value in self.lines('OtherMappings'):
            if key == 'kTGH' and int(value.split(':')[1].split()[0]) <= 3500:
                common.add(cp)
        for cp, key, value in self.lines('Readings'):
            if key == 'kMandarin':
                plain = unicodedata.normalize('NFD', value.split()[0].replace('ü', 'v'))
                self.sound[cp] = ''.join(c for c in plain if not unicodedata.combining(c))
            elif key == 'kHanyuPinlu':
                count[cp] = sum(int(n) for n in re.findall(r'\((\d+)\)', value))
        for cp, sound in self.sound.items():
            if cp in common:
                self.alike[sound].append(cp)
        for sound in self.alike:
            self.alike[sound].sort(key=lambda cp: -count[cp])
        for cp, key, value in self.lines('Variants'):
            if key == 'kTraditionalVariant' and cp in common:
                other = [chr(int(v[2:], 16)) for v in value.split()]
                if other[0] != cp and len(other) == 1:
                    self.traditional[cp] = other[0]

    @staticmethod
    def lines(name):
        with bz2.open(os.path.join(UNICODE, 'Unihan_%s.txt.bz2' % name), 'rt', encoding='utf-8') as file:
            for line in file:
                parts = line.rstrip('\n').split('\t')
                if len(parts) == 3:
                    yield chr(int(parts[0][2:], 16)), parts[1], parts[2]


READINGS = Readings()


def between(chars):
    def put(cells, words, chance, strength):
        for word in words:
            for n, i in enumerate(word[:-1]):
                if strength == 2 or n % 2 == 0:
                    cells[i] += chance.choice(chars)
    return put


def replace(choices):
    def put(cells, words, chance, strength):
        for word in words:
            can = [i for i in word if choices(cells[i])]
            for i in chance.sample(can, min(strength, len(can), max(1, len(word) - 1))):
                cells[i] = chance.choice(choices(cells[i]))
    return put


def homophones(c):
    return [other for other in READINGS.alike.get(READINGS.sound.get(c), ())[:12] if other != c]


def each(table):
    """Letters or digits all over the text: every second one, or all."""
    def put(cells, words, chance, strength):
        del words
        for i, cell in enumerate(cells):
            if cell in table and (strength == 2 or chance.random() < .5):
                cells[i] = chance.choice(table[cell])
    return put


def numerals(cells, words, chance, strength):
    """Only numbers of five digits and more, in one kind of numerals."""
    del words
    kind = [CIRCLED, NUMERALS, FORMAL][chance.randrange(3)] if strength == 2 else CIRCLED
    for run in runs_of(cells, lambda c: len(c) == 1 and c in '0123456789'):
        for i in run if len(run) >= 5 else ():
            cells[i] = kind[int(cells[i])]


def runs_of(cells, wanted):
    """Lists of the indexes of neighbouring cells that are wanted."""
    runs = [[]]
    for i, cell in enumerate(cells):
        if wanted(cell):
            runs[-1].append(i)
        elif runs[-1]:
            runs.append([])
    return [run for run in runs if run]


def is_latin(cells, i):
    return 0 <= i < len(cells) and cells[i].isascii() and cells[i].isalnum()


def pinyin(cells, words, chance, strength):
    """Strength 1: one word in the text; 2: two. Letters never run into others: nobody could read that."""
    words = [word for word in words if not any(is_latin(cells, i) for i in (word[0] - 1, word[-1] + 1))]
    for word in chance.sample(words, min(strength, len(words))):
        written = ''.join(cells[i] for i in word)
        letters = INITIALS.get(written) or ''.join(READINGS.sound.get(c, c) for c in written)
        for i in word:
            cells[i] = ''
        cells[word[0]] = letters


# But for quotation marks, which come in pairs.
FULL_WIDTH = {chr(c): chr(c + 0xFEE0) for c in range(0x21, 0x7F) if chr(c) not in '"\''}
# In this order they can follow each other.
KINDS = {
    'homophones': replace(homophones),
    'shapes': replace(lambda c: SHAPES.get(c, '')),
    'parts': replace(lambda c: [PARTS[c]] if c in PARTS else ''),
    'traditional': replace(lambda c: READINGS.traditional.get(c, '')),
    'pinyin': pinyin,
    'numerals': numerals,
    'look-alike': each(dict(LATIN, **DIGITS)),
    'full width': each(FULL_WIDTH),
    'symbols': between(SYMBOLS),
    'zero width': between(ZERO_WIDTH),
    'emoji': between(EMOJI),
    'spaces': between(' \u3000'),
}
