/* generate.c - texts are templates with slots, picked and filled by a small random generator (splitmix64).
 *
 * Slots: {c} six digits, {t} four digits, {n} an amount, {m} a mobile number, {q} a QQ number, {w} a WeChat id,
 * {d} day and month. */
#include "cli/generate.h"

#include <stdio.h>
#include <string.h>

const struct generator_mix generator_mixes[] = {
    {"sample", 4, 2, 1, 383, TEXT_TYPICAL},   {"clean", 0, 0, 0, 383, TEXT_TYPICAL},
    {"hits_0.2", 2, 0, 0, 383, TEXT_TYPICAL}, {"hits_1", 10, 0, 0, 383, TEXT_TYPICAL},
    {"hits_10", 100, 0, 0, 383, TEXT_TYPICAL}, {"short", 0, 0, 0, 0, TEXT_SHORT},
    {"typical", 0, 0, 0, 0, TEXT_TYPICAL},    {"long", 0, 0, 0, 0, TEXT_LONG},
    {"disguised", 0, 0, 0, 0, TEXT_DISGUISED}, {"calls", 0, 0, 0, 1000, TEXT_TYPICAL},
    {"fraud", 1000, 0, 0, 0, TEXT_TYPICAL},
    {0},
};

static const char *const notices[] = {
    "【云上商城】验证码{c},用于登录,10分钟内有效,请勿泄露给任何人。",
    "【江岸银行】您尾号{t}的储蓄卡{d}支出人民币{n}.00元,余额{n}.35元。如有疑问请致电本行客服。",
    "【青禾驿站】您的快递已到达南门店,取件码{t},请于今日20:00前领取。",
    "【飞燕速运】您的快件已由前台代收,如有问题请联系派件员{m}。",
    "【云上商城】您的订单已取消,退款{n}元已原路退回,预计1-3个工作日到账。",
    "【市第二医院】您预约的{d}上午号源已确认,请提前30分钟到院取号。",
    "【东湖供电】您的用电户号本月电费{n}.20元,请及时缴纳以免影响用电。",
    "【白鹭航空】您预订的航班{d}因天气原因延误,可在官方APP免费退改签。",
    "【星河通信】您本月套餐内流量剩余{n}MB,超出部分按标准资费计费。",
    "【区图书馆】您借阅的图书将于{d}到期,请按时归还或在线续借。",
    "【实验小学】各位家长,{d}下午召开家长会,请准时到校,车辆请停放在操场东侧。",
    "【江岸银行】您的信用卡本期账单{n}.80元,到期还款日{d},请按时还款。",
    "【东湖燃气】本小区{d}9:00-15:00检修停气,请提前做好准备。",
    "【住房公积金】您{d}提取的{n}元已到账,请注意查收。",
};

static const char *const chats[] = {
    "晚上回来吃饭吗?我买了鱼和豆腐,给你炖汤,路上慢点开车。",
    "明天的会改到下午三点了,地点还是二楼会议室,记得带上上周的材料。",
    "妈,我到宿舍了,同学都挺好的,你和爸注意身体,天冷多穿点。",
    "周末去爬山不?老张说他开车,早上七点在小区门口集合,带点水和面包。",
    "收到,谢谢!文件我看过了,第三页的数字再核对一下,其他没问题。",
    "我在开会,不方便接电话,半小时后给你回过去。",
    "你上次推荐的那家面馆搬到河边去了,味道还是老样子,改天一起去。",
    "孩子今天发烧38度,我先带他去看医生,下午的事麻烦你帮我盯一下。",
    "房子的钥匙放在门卫那里了,水电都通了,有问题随时打我电话{m}。",
    "生日快乐!转眼又是一年,祝你工作顺利,身体健康,天天开心。",
    "高铁晚点二十分钟,大概九点四十到,你不用太早出门接我。",
    "昨天借你的书看完了,结局没想到,下次见面还给你,再借一本。",
};

static const char *const letters[] = {
    "【实验小学】各位家长您好:本学期期末考试定于{d}进行,请督促孩子按时复习,注意休息。考试当天7:50前到校,携带文具和校园卡,"
    "手机不得带入考场。考试结束后各班召开家长会,由班主任介绍本学期学习情况和假期安排,请至少一位家长参加。校门口车位有限,"
    "请尽量步行或乘坐公交车前来,感谢您的理解和配合。",
    "【河畔花园物业】尊敬的业主:因二次供水设施改造,{d}9:00至17:00小区3号楼至8号楼停水,请提前储水并关好家中水龙头,"
    "以免恢复供水时漏水。恢复供水初期水质可能轻微浑浊,放水数分钟后即可正常使用。改造期间地下车库东入口封闭,车辆请由西门出入,"
    "给您带来不便敬请谅解。",
    "【市第二医院】您预约的{d}上午体检请空腹前来,前一日清淡饮食,22:00后禁食禁水,高血压患者可用少量水送服药物。"
    "请携带身份证到二楼导诊台登记,体检项目约需两小时,完成抽血和腹部彩超后方可用早餐。女性请避开生理期,备孕或怀孕请提前告知医生,"
    "报告五个工作日后可领取。",
};

static const char *const shorts[] = {
    "好的", "收到,谢谢", "在吗?", "到家了", "马上到,等我", "嗯嗯,明天见", "开会呢,晚点回你", "OK", "验证码{c}", "取件码{t}",
};

static const char *const advice[] = {
    "【反诈提醒】凡是以快递丢失理赔、关闭百万保障为由要求下载会议软件打开屏幕共享的,都是诈骗,请勿转账。",
    "【某市公安】公检法机关不会通过电话办案,不存在安全账户,请勿向陌生人转账汇款,谨防上当受骗。",
    "【反诈提醒】刷单就是诈骗!凡是先垫付后返利的兼职,都是诈骗,切勿相信。",
    "【江岸银行】凡是放款前要求缴纳解冻金、保证金的网络贷款,都是诈骗,请勿轻信。",
};

static const char *const frauds[] = {
    "您好,您的快递丢失,可双倍理赔,请添加理赔客服QQ:{q}办理",
    "您的百万保障今日到期,不关闭将每月自动扣费800元,请添加客服微信{w}关闭自动扣费",
    "因您良好记录与评价,本店邀请您来工作,有手机便可,日结150-300,咨询QQ:{q}",
    "动动手指轻松月入过万,抖音点赞日薪百元,加微信{w}进群领任务",
    "恭喜您10万元额度已获批,因输错卡号被冻结,请缴纳解冻金{n}元,联系客服QQ:{q}放款",
    "无抵押无担保,秒批秒到账,黑户可贷,加微信{w}",
    "这里是市公安局,你涉嫌一起洗钱案件,请配合将资金转入安全账户核实,案情保密,不要告诉家人",
    "你的银行账户已被冻结,请配合民警调查,将资金转入安全账户接受资金清查,联系电话{m}",
    "您的航班因机械故障取消,请添加改签客服微信{w}办理改签并领取300元补偿",
};

static const char *const disguised[] = {
    "贷★款★秒★批,无視徵信,無抵押無擔保,加🅥ⓧ:{w}",
    "您的快·递·丢·失,可双倍理·赔,请添加理★赔★客★服扣扣:{q}",
    "刷︱单返︱佣,日​结300,有手机便可,加薇芯{w}",
    "配合民警将资金转入安★全★账★户核实,案情保密,不要告诉家人",
};

static const char *const malformed[] = {
    "{\"v\":1,\"kind\":\"sms\",\"id\":\"x{c}\",\"ts\":1732230000123,\"calling\":\"13912345678\",",
    "{\"v\":1,\"kind\":\"fax\",\"id\":\"x{c}\",\"ts\":1732230000123,\"calling\":\"13912345678\","
    "\"called\":\"13812345678\"}",
    "{\"v\":1,\"kind\":\"sms\",\"id\":\"x{c}\",\"ts\":\"yesterday\",\"calling\":\"13912345678\","
    "\"called\":\"13812345678\",\"text\":\"好的\"}",
    "{\"v\":1,\"kind\":\"sms\",\"id\":\"x{c}\",\"ts\":1732230000123,\"calling\":\"13912345678\",\"text\":\"好的\"}",
    "gateway restarted",
};

#define COUNT(a) (sizeof(a) / sizeof(*(a)))
#define PICK(g, a) (a)[pick(g, COUNT(a))]

static uint64_t next_random(struct generator *g)
{
    uint64_t z = (g->state += UINT64_C(0x9E3779B97F4A7C15));

    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return z ^ z >> 31;
}

static unsigned pick(struct generator *g, size_t n)
{
    return (unsigned)(next_random(g) % n);
}

const struct generator_mix *generator_mix(const char *name)
{
    const struct generator_mix *mix = generator_mixes;

    while (mix->name != NULL && strcmp(mix->name, name) != 0)
        mix++;
    return mix->name != NULL ? mix : NULL;
}

void generator_init(struct generator *generator, const struct generator_mix *mix, uint64_t seed, int64_t start_ms)
{
    *generator = (struct generator){.mix = mix, .state = seed, .ts_ms = start_ms};
}

static int fill_slot(struct generator *g, char slot, char *out, size_t size)
{
    unsigned a = pick(g, 900000) + 100000, b = pick(g, 9000) + 1000;

    switch (slot) {
    case 'c': return snprintf(out, size, "%u", a);
    case 't': return snprintf(out, size, "%u", b);
    case 'n': return snprintf(out, size, "%u", pick(g, 4000) + 50);
    case 'm': return snprintf(out, size, "139%08u", 12340000 + b);
    case 'q': return snprintf(out, size, "280%u", a);
    case 'w': return snprintf(out, size, "ywq%u", a);
    case 'd': return snprintf(out, size, "%02u月%02u日", pick(g, 12) + 1, pick(g, 28) + 1);
    default: return 0;
    }
}

/* Copy a template into out, slots filled; returns the length. Templates are far shorter than the buffer. */
static size_t expand(struct generator *g, const char *template, char *out, size_t size)
{
    size_t n = 0;

    while (*template != '\0' && n + 32 < size) {
        if (template[0] == '{' && template[1] != '\0' && template[2] == '}') {
            n += (size_t)fill_slot(g, template[1], out + n, size - n);
            template += 3;
        } else {
            out[n++] = *template++;
        }
    }
    out[n] = '\0';
    return n;
}

static const char *sender(struct generator *g, enum generated_kind kind, bool notice, char *out, size_t size)
{
    unsigned tail = pick(g, 10000), foreign = pick(g, 3);

    if (kind == GENERATED_ADVICE || notice)
        snprintf(out, size, "1069%09u", 12340000 + tail);
    else if (kind == GENERATED_LAWFUL || foreign > 0)
        snprintf(out, size, "1391234%04u", tail);
    else
        snprintf(out, size, "00855255%05u", 10000 + tail);
    return out;
}

/* A symbol behind every second character that is not ASCII, digits of full width. `out` has room for three times. */
static size_t disguise(const char *text, char *out)
{
    static const char *const symbols[] = {"★", "·", "︱", "\u200b"};
    size_t n = 0, characters = 0;

    while (*text != '\0') {
        size_t wide = (*text & 0xF0) == 0xE0 ? 3 : 1;
        if (*text >= '0' && *text <= '9')
            n += (size_t)sprintf(out + n, "\xEF\xBC%c", 0x90 + (*text - '0'));
        else
            memcpy(out + n, text, wide), n += wide;
        if (wide == 3 && characters++ % 2 == 0)
            n += (size_t)sprintf(out + n, "%s", symbols[characters / 2 % COUNT(symbols)]);
        text += wide;
    }
    out[n] = '\0';
    return n;
}

static void write_lawful(struct generator *g, bool notice, char *text, size_t size)
{
    char plain[512];
    size_t n = 0;

    switch (g->mix->text) {
    case TEXT_SHORT: expand(g, PICK(g, shorts), text, size); break;
    case TEXT_DISGUISED:
        expand(g, notice ? PICK(g, notices) : PICK(g, chats), plain, sizeof(plain));
        disguise(plain, text);
        break;
    case TEXT_LONG:
        if (notice)
            expand(g, PICK(g, letters), text, size);
        else
            for (int sentences = 0; sentences < 5; sentences++)
                n += expand(g, PICK(g, chats), text + n, size - n);
        break;
    default: expand(g, notice ? PICK(g, notices) : PICK(g, chats), text, size);
    }
}

static void write_text(struct generator *g, enum generated_kind kind, bool notice, char *text, size_t size)
{
    switch (kind) {
    case GENERATED_FRAUD: expand(g, PICK(g, frauds), text, size); break;
    case GENERATED_DISGUISED: expand(g, PICK(g, disguised), text, size); break;
    case GENERATED_ADVICE: expand(g, PICK(g, advice), text, size); break;
    default: write_lawful(g, notice, text, size);
    }
}

static size_t write_sms(struct generator *g, enum generated_kind kind, char *buf)
{
    char text[1536], calling[32];
    bool notice = kind == GENERATED_LAWFUL && pick(g, 100) < 60;
    const char *from = sender(g, kind, notice, calling, sizeof(calling));
    int n;

    write_text(g, kind, notice, text, sizeof(text));
    n = snprintf(buf, GENERATED_MAX_BYTES,
                 "{\"v\":1,\"kind\":\"sms\",\"id\":\"s-%012llu\",\"ts\":%lld,\"calling\":\"%s\","
                 "\"called\":\"861380013%04u\",\"text\":\"%s\",\"leg\":\"%s\",\"ingress\":\"%s\","
                 "\"src\":\"xh.gd.smsc\",\"prov\":\"44\",\"city\":\"4401%02u\","
                 "\"smsc\":\"8613800200500\",\"result\":0}",
                 (unsigned long long)g->count, (long long)g->ts_ms, from, pick(g, 10000), text,
                 from[0] == '0' ? "gw_in" : notice || kind == GENERATED_ADVICE ? "ao" : "mo",
                 from[0] == '0' ? "intl" : "onnet", pick(g, 20));
    return (size_t)n;
}

static size_t write_call(struct generator *g, char *buf)
{
    unsigned dur = pick(g, 3) == 0 ? 0 : pick(g, 400);
    int n = snprintf(buf, GENERATED_MAX_BYTES,
                     "{\"v\":1,\"kind\":\"call\",\"id\":\"c-%012llu\",\"ts\":%lld,\"calling\":\"861391234%04u\","
                     "\"called\":\"861380013%04u\",\"leg\":\"mo\",\"ingress\":\"onnet\",\"dur\":%u,\"ring_ms\":%u,"
                     "\"release_cause\":16,\"release_party\":\"%s\",\"msc\":\"8613740000\",\"lac\":\"%u\","
                     "\"ci\":\"%u\",\"imsi\":\"46000%010u\",\"rat\":\"lte\",\"call_ref\":\"%llx\","
                     "\"src\":\"xh.gd.cdr\"}",
                     (unsigned long long)g->count, (long long)g->ts_ms, pick(g, 10000), pick(g, 10000), dur,
                     pick(g, 20000), pick(g, 2) ? "calling" : "called", pick(g, 60000), pick(g, 200000),
                     pick(g, 1000000000), (unsigned long long)next_random(g));
    return (size_t)n;
}

static enum generated_kind pick_kind(struct generator *g)
{
    const struct generator_mix *mix = g->mix;
    unsigned lot = pick(g, 1000);

    if (lot < mix->fraud)
        return pick(g, 5) > 0 ? GENERATED_FRAUD : GENERATED_DISGUISED;
    lot -= mix->fraud;
    if (lot < mix->advice)
        return GENERATED_ADVICE;
    return lot - mix->advice < mix->malformed ? GENERATED_MALFORMED : GENERATED_LAWFUL;
}

struct generated generator_next(struct generator *g, char *buf)
{
    struct generated out = {.kind = pick_kind(g)};

    out.is_call = out.kind == GENERATED_LAWFUL && pick(g, 1000) < g->mix->calls;
    out.payload.p = buf;
    if (out.kind == GENERATED_MALFORMED)
        out.payload.n = expand(g, PICK(g, malformed), buf, GENERATED_MAX_BYTES);
    else
        out.payload.n = out.is_call ? write_call(g, buf) : write_sms(g, out.kind, buf);
    g->count++;
    return out;
}
