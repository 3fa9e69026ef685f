/* spandsp's detectors over the sounds that ours listen to: what they hear, and how fast they are.
 *
 *   spandsp digits FILE...   prints, for each file of 16-bit samples, its name and the digits heard
 *   spandsp speed FILE       prints millions of samples a second for each detector, the best of several rounds
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <spandsp.h>

#define PIECE 160

static int16_t *samples;
static size_t count;

static void load(const char *name)
{
    FILE *file = fopen(name, "rb");
    if (!file) { perror(name); exit(1); }
    fseek(file, 0, SEEK_END);
    count = (size_t) ftell(file) / 2;
    rewind(file);
    free(samples);
    samples = malloc(count * 2 + 2);
    if (fread(samples, 2, count, file) != count) { perror(name); exit(1); }
    fclose(file);
}

static void digit_heard(void *user_data, const char *digits, int length)
{
    if (user_data) { fwrite(digits, 1, (size_t) length, stdout); }
}

static void tone_heard(void *user_data, int code, int level, int delay)
{
    (void) user_data; (void) code; (void) level; (void) delay;
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double) t.tv_sec + 1e-9 * (double) t.tv_nsec;
}

static dtmf_rx_state_t *dtmf[16];
static modem_connect_tones_rx_state_t *cng, *ans;
static super_tone_rx_descriptor_t *us, *sit;
static super_tone_rx_state_t *progress, *special;

static void set_up(void)
{
    int tone;
    for (int i = 0; i < 16; i++) dtmf[i] = dtmf_rx_init(NULL, digit_heard, NULL);
    cng = modem_connect_tones_rx_init(NULL, MODEM_CONNECT_TONES_FAX_CNG, tone_heard, NULL);
    ans = modem_connect_tones_rx_init(NULL, MODEM_CONNECT_TONES_ANS_PR, tone_heard, NULL);
    us = super_tone_rx_make_descriptor(NULL);
    tone = super_tone_rx_add_tone(us);
    super_tone_rx_add_element(us, tone, 350, 440, 1000, 0);
    tone = super_tone_rx_add_tone(us);
    super_tone_rx_add_element(us, tone, 440, 480, 1700, 2300);
    super_tone_rx_add_element(us, tone, 0, 0, 3400, 4600);
    tone = super_tone_rx_add_tone(us);
    super_tone_rx_add_element(us, tone, 480, 620, 400, 600);
    super_tone_rx_add_element(us, tone, 0, 0, 400, 600);
    tone = super_tone_rx_add_tone(us);
    super_tone_rx_add_element(us, tone, 480, 620, 200, 300);
    super_tone_rx_add_element(us, tone, 0, 0, 200, 300);
    progress = super_tone_rx_init(NULL, us, (tone_report_func_t) tone_heard, NULL);
    sit = super_tone_rx_make_descriptor(NULL);
    for (int i = 0; i < 4; i++)
    {
        static const int low[4] = {914, 985, 914, 985}, middle[4] = {1371, 1371, 1429, 1429};
        tone = super_tone_rx_add_tone(sit);
        super_tone_rx_add_element(sit, tone, low[i], 0, 200, 450);
        super_tone_rx_add_element(sit, tone, middle[i], 0, 200, 450);
        super_tone_rx_add_element(sit, tone, 1777, 0, 300, 0);
    }
    special = super_tone_rx_init(NULL, sit, (tone_report_func_t) tone_heard, NULL);
}

enum what { DTMF, DTMF16, CNG, ANS, PROGRESS, SIT, ALL };

static void pass(enum what what)
{
    for (size_t at = 0; at + PIECE <= count; at += PIECE)
    {
        int16_t *piece = samples + at;
        if (what == DTMF16)
            for (int i = 0; i < 16; i++) dtmf_rx(dtmf[i], piece, PIECE);
        if (what == DTMF || what == ALL) dtmf_rx(dtmf[0], piece, PIECE);
        if (what == CNG || what == ALL) modem_connect_tones_rx(cng, piece, PIECE);
        if (what == ANS || what == ALL) modem_connect_tones_rx(ans, piece, PIECE);
        if (what == PROGRESS || what == ALL) super_tone_rx(progress, piece, PIECE);
        if (what == SIT || what == ALL) super_tone_rx(special, piece, PIECE);
    }
}

int main(int argc, char *argv[])
{
    if (argc < 3) { fprintf(stderr, "spandsp digits|speed FILE...\n"); return 2; }
    if (strcmp(argv[1], "digits") == 0)
    {
        for (int i = 2; i < argc; i++)
        {
            load(argv[i]);
            printf("%s\t", argv[i]);
            dtmf_rx_state_t *s = dtmf_rx_init(NULL, digit_heard, stdout);
            for (size_t at = 0; at < count; at += PIECE)
                dtmf_rx(s, samples + at, (int) (count - at < PIECE ? count - at : PIECE));
            dtmf_rx_free(s);
            printf("\n");
        }
        return 0;
    }
    load(argv[2]);
    set_up();
    static const char *names[] = {"dtmf", "dtmf-16", "cng", "ans", "progress", "sit", "all"};
    for (int what = DTMF; what <= ALL; what++)
    {
        double best = 0;
        for (int round = 0; round < 400; round++)
        {
            double start = now();
            int passes = 0;
            while (now() - start < 0.001) { pass(what); passes++; }
            double speed = (double) (count / PIECE * PIECE) * passes * (what == DTMF16 ? 16 : 1) / (now() - start) / 1e6;
            if (speed > best) best = speed;
        }
        printf("%s %.0f\n", names[what], best);
    }
    return 0;
}
