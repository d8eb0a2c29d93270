import { describe, expect, test } from '@jest/globals'
import { styleElement } from '../../../node/web/style.js'

describe('text is readable against what is behind it', () => {
  const [light, dark] = ['light', 'dark'] as const

  /** The tokens of a scheme, as colours. */
  function tokensOf(scheme: typeof light | typeof dark): (name: string) => string {
    const [base = '', inDark = ''] = styleElement.toString().split('@media (prefers-color-scheme: dark)')
    const declared = new Map<string, string>()
    for (const part of scheme === dark ? [base, inDark.split('}')[0] ?? ''] : [base])
      for (const [, name = '', value = ''] of part.matchAll(/(--[a-z0-9-]+): ([^;}]+)/g))
        declared.set(name, value.trim())
    return (name) => {
      let value = declared.get(name) ?? ''
      for (let reference = /^var\((--[a-z0-9-]+)\)$/.exec(value)?.[1]; reference !== undefined;) {
        value = declared.get(reference) ?? ''
        reference = /^var\((--[a-z0-9-]+)\)$/.exec(value)?.[1]
      }
      return value
    }
  }

  /** @see WCAG 2.2, relative luminance */
  function luminance(colour: string): number {
    const [red = 0, green = 0, blue = 0] = (colour.match(/[0-9a-f]{2}/g) ?? []).map((pair) => {
      const channel = Number.parseInt(pair, 16) / 255
      return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4
    })
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
  }

  test.each(
    [light, dark].flatMap((scheme) =>
      [
        ['default-color-document', 'default-bg-document'],
        ['default-color-document', 'default-bg-subtle'],
        ['default-color-subtle', 'default-bg-document'],
        ['accent-color', 'default-bg-document'],
        ['accent-color', 'default-bg-subtle'],
        ['accent-inverse', 'accent-bg'],
        ['positive-color', 'positive-bg'],
        ['warning-color', 'warning-bg'],
      ].map(([text, behind]) => [scheme, text, behind] as const),
    ),
  )('in the %s: %s on %s', (scheme, text, behind) => {
    const colour = tokensOf(scheme)
    const values = [text, behind].map((name) => colour(`--basis-color-${name}`))
    expect(values.join()).toMatch(/^#[0-9a-f]{6},#[0-9a-f]{6}$/)
    const [a = 0, b = 0] = values.map(luminance).sort((first, second) => second - first)
    expect((a + 0.05) / (b + 0.05)).toBeGreaterThanOrEqual(4.5)
  })
})
