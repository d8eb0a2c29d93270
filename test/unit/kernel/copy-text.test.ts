import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { copyText } from '../../../node/kernel/copy-text.js'

describe('a copied text', () => {
  test('is the same text, whatever it holds', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => copyText(text) === text))
    expect(copyText('\ud800 alone')).toBe('\ud800 alone')
  })
})
