/** Markup that is safe to send: only `html` makes it. */
export class Html {
  readonly #text: string

  private constructor(text: string) {
    this.#text = text
  }

  /** Only for `html` and for text of our own that is no data: nothing is escaped. */
  static trusted(text: string): Html {
    return new Html(text)
  }

  static is(value: unknown): value is Html {
    return typeof value === 'object' && value !== null && #text in value
  }

  toString(): string {
    return this.#text
  }

  get isEmpty(): boolean {
    return this.#text === ''
  }
}

/** What can stand in a template. Nothing is shown for `undefined`, and a list as one after the other. */
export type HtmlValue = string | number | Html | undefined | readonly HtmlValue[]

/**
 * Markup with values in it. Every text is escaped, for content and for attributes between double quotes. White space that
 * only lays out the source becomes one line end.
 *
 * A value as the whole of an attribute without quotes, or inside a tag name, is refused. Does not make an address safe:
 * that is `hrefOf`.
 * @throws TypeError when a value stands where escaping does not help
 */
export function html(parts: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  let known = prepared.get(parts)
  if (known === undefined) {
    known = prepare(parts)
    prepared.set(parts, known)
  }
  let text = known[0] ?? ''
  for (let index = 0; index < values.length; index += 1) text += toText(values[index]) + (known[index + 1] ?? '')
  return Html.trusted(text)
}

/** Templates are parts of the program: each is looked at once. */
const prepared = new WeakMap<TemplateStringsArray, readonly string[]>()

function prepare(parts: TemplateStringsArray): readonly string[] {
  for (const part of parts.slice(0, -1)) {
    if (/(?:[^\s>]=|<)$/.test(part.trimEnd())) throw new TypeError('a value stands without quotes')
  }
  return parts.map((part) => part.replace(/\n\s*/g, '\n'))
}

function toText(value: HtmlValue): string {
  if (value === undefined) return ''
  if (Html.is(value)) return value.toString()
  if (typeof value === 'string') return escape(value)
  if (typeof value === 'number') return String(value)
  return value.map(toText).join('')
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escape(text: string): string {
  return /[&<>"']/.test(text) ? text.replace(/[&<>"']/g, (character) => entities[character] ?? '') : text
}

/** The address, when a link may lead there: a web page, a mail address or a place on this site. Otherwise `undefined`. */
export function hrefOf(url: string): string | undefined {
  if (/^(?:\/(?![/\\])|[#?])/.test(url)) return url
  return URL.canParse(url) && /^(?:https?|mailto):$/.test(new URL(url).protocol) ? url : undefined
}
