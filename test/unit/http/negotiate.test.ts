import { describe, expect, test } from '@jest/globals'
import { chooseMediaType, isUnchanged } from '../../../node/http/negotiate.js'

const offered = ['application/ld+json', 'text/turtle', 'text/html'] as const

describe('the media type that fits best', () => {
  test.each([
    [undefined, 'application/ld+json'],
    ['', 'application/ld+json'],
    ['*/*', 'application/ld+json'],
    ['text/turtle', 'text/turtle'],
    ['Text/Turtle', 'text/turtle'],
    ['text/*', 'text/turtle'],
    ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', 'text/html'],
    ['text/turtle;q=0.5, application/ld+json;q=0.4', 'text/turtle'],
    ['application/ld+json;q=0.5, text/turtle;q=0.5', 'application/ld+json'],
    ['*/*, application/ld+json;q=0', 'text/turtle'],
    ['text/*;q=0.3, text/html;q=0.7', 'text/html'],
    ['application/ld+json;profile="x";q=0.1, text/turtle', 'text/turtle'],
    ['application/pdf', undefined],
    ['application/json', undefined],
    ['text/turtle;q=0', undefined],
    ['text/turtle;q=2', undefined],
    ['*/html', undefined],
    ['nonsense', undefined],
  ])('of %j is %s', (accept, type) => expect(chooseMediaType(accept, offered)).toBe(type))
})

describe('what a caller has', () => {
  test.each([
    [undefined, false],
    ['"a"', true],
    ['W/"a"', true],
    ['"b", "a"', true],
    ['*', true],
    ['"b"', false],
    ['a', false],
  ])('as %j is still good: %s', (header, unchanged) => expect(isUnchanged(header, '"a"')).toBe(unchanged))
})
