import { createHash } from 'node:crypto'
import { stringify } from 'yaml'

/**
 * Renders what our chart uses of the templates of Helm, and refuses anything else: there is no Helm in the packages that
 * tests can install. Actions: a path below `.`, `.Values`, `.Release` and `.Chart`; `if` with one path or `or` of two, `else`, `with`, `end`; the pipes
 * `quote`, `toYaml`, `nindent`, `sha256sum` and `default`; and `-` that takes white space away.
 * @throws Error for anything that is not among these, and for a value that is not there
 */
export function renderTemplate(template: string, context: Readonly<Record<string, unknown>>): string {
  const tokens = tokenize(template)
  const { text, rest } = renderUntil(tokens, { root: context, dot: context }, [])
  if (rest.length > 0) throw new Error('an end without a beginning')
  return text
}

type Token = { readonly kind: 'text' | 'action'; readonly text: string }

interface Scope {
  readonly root: unknown
  readonly dot: unknown
}

function tokenize(template: string): readonly Token[] {
  const tokens: Token[] = []
  let at = 0
  let trims = false
  for (const match of template.matchAll(/\{\{(-)?\s*([\s\S]*?)\s*(-)?\}\}/g)) {
    let text = template.slice(at, match.index)
    if (trims) text = text.trimStart()
    if (match[1] === '-') text = text.trimEnd()
    tokens.push({ kind: 'text', text }, { kind: 'action', text: match[2] ?? '' })
    at = match.index + match[0].length
    trims = match[3] === '-'
  }
  const last = template.slice(at)
  return [...tokens, { kind: 'text', text: trims ? last.trimStart() : last }]
}

function renderUntil(
  tokens: readonly Token[],
  scope: Scope,
  ends: readonly string[],
): { readonly text: string; readonly end: string; readonly rest: readonly Token[] } {
  let text = ''
  let rest = tokens
  for (;;) {
    const [token, ...after] = rest
    if (token === undefined) {
      if (ends.length > 0) throw new Error('a block has no end')
      return { text, end: '', rest: [] }
    }
    rest = after
    if (token.kind === 'text') text += token.text
    else if (ends.includes(token.text)) return { text, end: token.text, rest }
    else {
      const block = /^(if|with) (.+)$/.exec(token.text)
      if (block === null) text += String(evaluate(token.text, scope))
      else {
        const value = evaluate(block[2] ?? '', scope)
        const inside = block[1] === 'with' ? { ...scope, dot: value } : scope
        const yes = renderUntil(rest, isTruthy(value) ? inside : { ...inside, dot: {} }, ['else', 'end'])
        const no = yes.end === 'else' ? renderUntil(yes.rest, scope, ['end']) : { text: '', rest: yes.rest }
        text += isTruthy(value) ? yes.text : no.text
        rest = no.rest
      }
    }
  }
}

/** As Go has it: nothing, zero, an empty text, list or map is false. */
function isTruthy(value: unknown): boolean {
  if (typeof value === 'object' && value !== null) return Object.keys(value).length > 0
  return Boolean(value)
}

function evaluate(expression: string, scope: Scope): unknown {
  const [first = '', ...pipes] = expression.split('|').map((part) => part.trim())
  const words = first.split(/\s+/)
  let value = call(words, scope) ?? lookUp(first, scope)
  for (const pipe of pipes) value = apply(pipe, value, scope)
  return value
}

function call([name, one = '', other = '']: readonly string[], scope: Scope): unknown {
  if (name === 'toYaml') return toYaml(lookUp(one, scope))
  if (name !== 'or') return undefined
  const values = [lookUp(one, scope), lookUp(other, scope)]
  return isTruthy(values[0]) ? values[0] : values[1]
}

function apply(pipe: string, value: unknown, scope: Scope): unknown {
  const [name = '', argument = ''] = pipe.split(/\s+/)
  if (name === 'quote') return JSON.stringify(String(value))
  if (name === 'sha256sum') return createHash('sha256').update(String(value)).digest('hex')
  if (name === 'default') return isTruthy(value) ? value : lookUp(argument, scope)
  if (name === 'nindent') {
    const margin = ' '.repeat(Number(argument))
    return `\n${String(value).replace(/^(?=.)/gm, margin)}`
  }
  throw new Error(`the pipe ${name} is not known here`)
}

function toYaml(value: unknown): string {
  return stringify(value, { lineWidth: 0 }).trimEnd()
}

function lookUp(path: string, { root, dot }: Scope): unknown {
  if (path === '.') return dot
  if (!/^\.(Values|Release|Chart)(\.[A-Za-z]+)*$/.test(path)) throw new Error(`${path} is not known here`)
  return path
    .slice(1)
    .split('.')
    .reduce((value: unknown, name) => {
      const found = typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined
      if (found === undefined) throw new Error(`there is no ${path}`)
      return found
    }, root)
}
