#include "cprocesses.h"

#include <string.h>

// CRC-32 of IEEE 802.3 by eight tables ("slicing by 8", Kounavis and Berry, Intel 2005): eight bytes a step.

static uint32_t table[8][256];

/// Fills the tables before main, so that no two threads ever do.
__attribute__((constructor)) static void fill(void) {
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t value = i;
        for (int bit = 0; bit < 8; bit++) value = (value >> 1) ^ (value & 1 ? 0xEDB88320u : 0);
        table[0][i] = value;
    }
    for (uint32_t i = 0; i < 256; i++) {
        for (int slice = 1; slice < 8; slice++) {
            table[slice][i] = (table[slice - 1][i] >> 8) ^ table[0][table[slice - 1][i] & 0xff];
        }
    }
}

uint32_t cp_crc32(uint32_t seed, const void *bytes, size_t count) {
    const unsigned char *at = bytes;
    uint32_t crc = ~seed;
    for (; count >= 8; count -= 8, at += 8) {
        uint32_t low = crc ^ ((uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24);
        crc = table[7][low & 0xff] ^ table[6][(low >> 8) & 0xff] ^ table[5][(low >> 16) & 0xff] ^ table[4][low >> 24]
            ^ table[3][at[4]] ^ table[2][at[5]] ^ table[1][at[6]] ^ table[0][at[7]];
    }
    for (; count > 0; count--, at++) crc = (crc >> 8) ^ table[0][(crc ^ *at) & 0xff];
    return ~crc;
}
