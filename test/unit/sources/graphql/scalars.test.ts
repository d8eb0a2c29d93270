import { describe, expect, test } from '@jest/globals'
import { isStorableText, scalarForms } from '../../../../node/sources/graphql/scalars.js'

function accepts(scalar: string, value: unknown): boolean | undefined {
  return scalarForms.get(scalar)?.accepts(value)
}

describe('the forms of scalars', () => {
  test.each([
    ['String', ''],
    ['String', 'é 👍 "\\'],
    ['Int', 0],
    ['Int', 2147483647],
    ['Int', -2147483648],
    ['Boolean', false],
    ['UUID', '53089759-97a5-4a50-b1c9-bae97b8e73f0'],
    ['UUID', '53089759-97A5-4A50-B1C9-BAE97B8E73F0'],
    ['UUID', '00000000-0000-0000-0000-000000000000'],
    ['Date', '2024-02-29'],
    ['Date', '2000-02-29'],
    ['Date', '2026-12-31'],
    ['DateTime', '2026-01-02T03:04:05Z'],
    ['DateTime', '2026-01-02T23:59:59.123+01:00'],
  ])('%s accepts %j', (scalar, value) => {
    expect(accepts(scalar, value)).toBe(true)
  })

  test.each([
    ['String', 1],
    ['String', 'a\u0000b'],
    ['String', '\ud83d'],
    ['Int', 1.5],
    ['Int', 2147483648],
    ['Int', -2147483649],
    ['Int', '1'],
    ['Int', Number.NaN],
    ['Boolean', 'true'],
    ['UUID', '5308975997a54a50b1c9bae97b8e73f0'],
    ['UUID', 'urn:uuid:53089759-97a5-4a50-b1c9-bae97b8e73f0'],
    ['UUID', '{53089759-97a5-4a50-b1c9-bae97b8e73f0}'],
    ['UUID', '53089759-97a5-4a50-b1c9-bae97b8e73f0\n'],
    ['UUID', 53089759],
    ['Date', '2025-02-29'],
    ['Date', '1900-02-29'],
    ['Date', '2026-04-31'],
    ['Date', '2026-13-01'],
    ['Date', '2026-00-10'],
    ['Date', '2026-01-00'],
    ['Date', '2026-1-1'],
    ['Date', '2026-01-01T00:00:00Z'],
    ['Date', 20260101],
    ['DateTime', '2026-01-02'],
    ['DateTime', '2026-01-02T03:04:05'],
    ['DateTime', '2026-02-30T03:04:05Z'],
    ['DateTime', '2026-01-02T24:00:00Z'],
    ['DateTime', '2026-01-02T03:04:60Z'],
  ])('%s refuses %j', (scalar, value) => {
    expect(accepts(scalar, value)).toBe(false)
  })

  test('two spellings of one UUID have one canonical text', () => {
    const canonical = scalarForms.get('UUID')?.canonical
    expect(canonical?.('53089759-97A5-4A50-B1C9-BAE97B8E73F0')).toBe('53089759-97a5-4a50-b1c9-bae97b8e73f0')
  })

  test.each([
    ['2026-01-01T01:30:00+02:00', '2025-12-31T23:30:00Z'],
    ['2026-01-01T00:00:00.120000000Z', '2026-01-01T00:00:00.12Z'],
    ['2026-01-01T00:00:00.000Z', '2026-01-01T00:00:00Z'],
    ['2026-01-01T00:00:00.123456789-00:30', '2026-01-01T00:30:00.123456789Z'],
  ])('the moment %s has one spelling', (text, canonical) => {
    expect(scalarForms.get('DateTime')?.canonical?.(text)).toBe(canonical)
  })

  test('moments are in their order, whatever their zones and fractions', () => {
    const ordered = [
      '0000-01-01T00:00:00Z',
      '2026-01-01T01:59:59+02:00',
      '2026-01-01T00:00:00Z',
      '2026-01-01T00:00:00.000000001Z',
      '2026-01-01T00:00:00.1Z',
      '2026-01-01T00:00:00.12Z',
      '2025-12-31T23:00:01-01:00',
    ]
    const ranks = ordered.map((text) => scalarForms.get('DateTime')?.rank(text) ?? '')
    expect([...ranks].sort((one, other) => (one < other ? -1 : 1))).toEqual(ranks)
  })

  test.each(['0000-01-01T00:30:00+01:00', '9999-12-31T23:30:00-01:00'])(
    'the moment %s is not in the years that a moment can be in',
    (text) => {
      expect(scalarForms.get('DateTime')?.accepts(text)).toBe(false)
    },
  )

  test('a pair of surrogates is storable text', () => {
    expect(isStorableText('👍')).toBe(true)
  })
})
