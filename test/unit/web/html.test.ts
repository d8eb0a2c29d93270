import { describe, expect, test } from '@jest/globals'
import { Html, hrefOf, html } from '../../../node/web/html.js'

describe('a value in a template', () => {
  test.each([
    ['markup', '<script>alert(1)</script>', '&lt;script&gt;alert(1)&lt;/script&gt;'],
    ['the end of an attribute', '" onclick="a', '&quot; onclick=&quot;a'],
    ['the end of an attribute between single quotes', "' onclick='a", '&#39; onclick=&#39;a'],
    ['what is escaped already', '&lt;', '&amp;lt;'],
  ])('is escaped: %s', (_, value, expected) => {
    expect(html`<a title="${value}">${value}</a>`.toString()).toBe(`<a title="${expected}">${expected}</a>`)
  })

  test('may be markup of another template, a number, nothing, or a list of these', () => {
    const items = ['a', '<b>'].map((text) => html`<li>${text}</li>`)
    expect(html`<b>${items}</b>`.toString()).toBe('<b><li>a</li><li>&lt;b&gt;</li></b>')
    expect(html`<b>${[1, undefined, [['&'], 2]]}</b>`.toString()).toBe('<b>1&amp;2</b>')
  })

  test('is no markup because it looks like it', () => {
    const forged = { toString: () => '<script>' } as unknown as Html
    expect(Html.is(forged)).toBe(false)
    expect(() => html`${forged}`.toString()).toThrow()
    expect(Html.is(html`a`)).toBe(true)
  })

  test.each([
    ['an attribute without quotes', () => html`<a href=${'x'}>a</a>`],
    ['the name of an element', () => html`<${'a'}>a</${'a'}>`],
  ])('is refused as %s', (_, make) => {
    expect(make).toThrow(TypeError)
  })
})

describe('a link', () => {
  test.each(['https://a.nl/?b=c', 'http://localhost:1/', 'mailto:a@b.nl', '/catalogus', '#inhoud', '?taal=en'])(
    'may lead to %s',
    (url) => {
      expect(hrefOf(url)).toBe(url)
    },
  )

  test.each([
    'javascript:alert(1)',
    'JavaScript:alert(1)',
    ' javascript:alert(1)',
    'java\nscript:alert(1)',
    'data:text/html,a',
    'vbscript:a',
    '//elders.nl',
    '/\\elders.nl',
    'file:///etc/passwd',
    'catalogus',
    '',
  ])('may not lead to "%s"', (url) => {
    expect(hrefOf(url)).toBeUndefined()
  })
})
