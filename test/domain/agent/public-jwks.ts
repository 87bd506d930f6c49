// Public keys made for the tests; their private halves were never kept.
export const ecKey = {
  kty: 'EC',
  x: '9lWxrUdZl_ufqUniUt27EOSB0XeMu1cKSd3Ihy0IzqY',
  y: 'FHx2iMP-RM8DCVBPrk_xmjO07n81-Be3y16bTgOGjwc',
  crv: 'P-256',
};
export const edKey = {
  crv: 'Ed25519',
  x: 'G6Y7TKLrg8wUHi8WGsuZCVGY_BPriHmlsKQUXN3V2Qc',
  kty: 'OKP',
};
export const rsaKey = {
  kty: 'RSA',
  n: '6zKLLVZScVGeRGZniA2McFmB_rrJHWF9oWh-BFlhlUiuPv6RZyBjaSpynDyXM88PA97YdLCCSNBBgXPGzTZTMhqromxM4H0McExdKnVTSimP7Jf_oPHyuuzRy0UXYrI7Z4wegIaQrCTG2osF-f9cdqO1qqISX2oNgNknn6vJ_Alo7pmfAt4oz0Valc1CB4I5Ew3YeJcWuKZQFoQjF09QLHSS0_e36VIIREK5kBubny8s4VglCt2H0qf2RRVxEglsLC6mpXo-pxPyow8qJJfiJLKaPAiyWap94DgK9qViV53EZzS0M7P0jRhkEomEDHlaOK-k0hp7xkwRTw5v_6c7Qw',
  e: 'AQAB',
};
