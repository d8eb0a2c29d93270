import type { NestedData, RuleData } from '../../schemas/pack.js'
import { html, type Html, type HtmlValue } from './html.js'
import { inDutch, type Language } from './language.js'
import { wordsIn } from './words.js'

/** What a question must hold to fall under a rule, beside who asks and for what: a sentence each. */
export function conditionsOf({ wat, facts }: RuleData, language: Language): readonly HtmlValue[] {
  const words = wordsIn(language)
  const { filterRequired, filterEquals, own, nested, compare, forbidden } = wat
  return [
    ...(filterRequired.length === 0 ? [] : [html`${words.mustFilter}: ${codes(filterRequired)}`]),
    ...equalities(filterEquals, '', language).map((equality) => html`${words.mustEqual}: ${equality}`),
    ...(own === undefined
      ? []
      : [html`${words.ownPeriod}: ${codes([own.start, own.end])}${own.open ? html` (${words.ownOpen})` : ''}`]),
    ...Object.entries(nested).flatMap(([place, conditions]) => nestedConditions(place, conditions, language)),
    ...Object.entries(compare).map(
      ([place, operators]) => html`${words.mayCompare}: ${codes([place])}, ${operators.join(', ')}`,
    ),
    ...(forbidden.length === 0 ? [] : [html`${words.closed}: ${codes(forbidden)}`]),
    ...(wat.narrow ? [words.leftOut] : []),
    ...facts.map(
      ({ name, at }) =>
        html`${words.mustBeTrue}: ${inDutch(name, language)} (${at === 'here' ? words.askedHere : words.askedOthers})`,
    ),
  ]
}

function nestedConditions(place: string, data: NestedData, language: Language): readonly Html[] {
  const words = wordsIn(language)
  const { overlaps, inForceOn, equals } = data
  const windows = { contacts: words.windowContacts, others: words.windowOthers } as const
  return [
    ...(overlaps === undefined
      ? []
      : [
          html`${codes([place])}:
          ${words.overlapsOwn}${overlaps.window === undefined ? '' : html`, ${windows[overlaps.window]}`}`,
        ]),
    ...(inForceOn === undefined ? [] : [html`${codes([place])}: ${words.inForceOn} ${codes([inForceOn.day])}`]),
    ...equalities(equals, `${place}.`, language),
  ]
}

function equalities(values: Readonly<Record<string, string>>, before: string, language: Language): readonly Html[] {
  return Object.entries(values).map(
    ([field, reference]) => html`${codes([`${before}${field}`])} = ${valueLabel(reference, language)}`,
  )
}

const identifierNames: Readonly<Record<string, string>> = {
  agb: 'AGB-code',
  gemeentecode: 'gemeentecode',
  kvk: 'KvK-nummer',
  oin: 'OIN',
  ura: 'URA',
  uzovi: 'UZOVI-nummer',
}

/** Where a rule takes a value from, as people say it. */
function valueLabel(reference: string, language: Language): Html {
  const words = wordsIn(language)
  const dot = reference.indexOf('.')
  const [from, name] = [reference.slice(0, dot), reference.slice(dot + 1)]
  if (from === 'value') return html`${codes([name])}`
  return from === 'requester'
    ? html`${words.ownValue} ${inDutch(identifierNames[name] ?? name, language)}`
    : html`${words.claimValue} (${codes([name])})`
}

/** Names of fields and places, as they are written in a question. */
export function codes(names: readonly string[]): readonly Html[] {
  return names.map((name, index) => html`${index === 0 ? '' : ', '}<code class="nl-code">${name}</code>`)
}
