import type { Texts } from '../catalogue/graph.js'
import { html, type Html } from './html.js'

/** The languages of the pages. Dutch is complete; what a catalogue says is shown in English where it says so. */
export type Language = 'nl' | 'en'

/**
 * The language of a page: the one that its address asks for, otherwise the one that the reader prefers.
 * @param wanted the value of `taal`
 * @param accepted the header `Accept-Language`
 */
export function chooseLanguage(wanted: string | undefined, accepted: string | undefined): Language {
  if (wanted === 'nl' || wanted === 'en') return wanted
  const ranges = (accepted ?? '')
    .toLowerCase()
    .split(',')
    .map((range) => {
      const [tag = '', quality = 'q=1'] = range.split(';').map((part) => part.trim())
      const weight = /^q=([01](?:\.\d{1,3})?)$/.exec(quality)?.[1]
      return { tag, weight: Number(weight ?? 0) }
    })
  const weightOf = (language: Language): number =>
    Math.max(
      0,
      ...ranges.filter(({ tag }) => tag === language || tag.startsWith(`${language}-`)).map(({ weight }) => weight),
    )
  return weightOf('en') > weightOf('nl') ? 'en' : 'nl'
}

/** One of the texts, for where no markup can stand: in the language of the page, in Dutch, or in any. */
export function plainText(texts: Texts, language: Language): string {
  return texts[languageOf(texts, language)] ?? ''
}

/** One of the texts, marked with its own language where that is another than the page's. */
export function inLanguage(texts: Texts, language: Language): Html {
  const own = languageOf(texts, language)
  const text = texts[own] ?? ''
  return own === language || own === '' ? html`${text}` : html`<span lang="${own}">${text}</span>`
}

/** Text that exists in Dutch only, marked as such on a page in another language. */
export function inDutch(text: string, language: Language): Html {
  return inLanguage({ nl: text }, language)
}

function languageOf(texts: Texts, language: Language): string {
  return [language, 'nl', '', ...Object.keys(texts).sort()].find((known) => texts[known] !== undefined) ?? language
}
