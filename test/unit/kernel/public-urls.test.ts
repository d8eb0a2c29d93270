import { describe, expect, test } from '@jest/globals'
import { createPublicUrls } from '../../../node/kernel/public-urls.js'

const plain = 'http://localhost:7100'
const own = 'https://node.example.nl'
const second = 'https://direct.example.nl:8443'

describe('the base URLs of a node', () => {
  test.each<[string, Parameters<typeof createPublicUrls>[0], object]>([
    ['without TLS', { url: `${plain}/` }, { url: plain, https: undefined, all: [plain], plain: [plain] }],
    ['behind a proxy with TLS', { url: own }, { url: own, https: own, all: [own], plain: [own], tls: [own] }],
    [
      'with TLS beside http',
      { url: plain, tlsUrl: `${second}/` },
      { url: plain, https: second, all: [plain, second], plain: [plain], tls: [second] },
    ],
    [
      'with TLS of its own beside a proxy with TLS',
      { url: own, tlsUrl: second },
      { url: own, https: second, all: [own, second], plain: [own], tls: [second, own] },
    ],
    [
      'with TLS of its own under its own URL',
      { url: own, tlsUrl: own },
      { url: own, https: own, all: [own], plain: [own], tls: [own] },
    ],
  ])('%s', (_what, given, expected) => {
    const { reachedBy, ...urls } = createPublicUrls(given)
    expect({ ...urls, plain: reachedBy('plain'), tls: reachedBy('tls') }).toMatchObject(expected)
  })
})
