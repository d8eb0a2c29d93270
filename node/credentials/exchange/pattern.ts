import { NodeError } from '../../kernel/errors.js'

/** The text that a pattern yields: what its group captured, or the whole text; `undefined` when it does not match. */
export type Pattern = (text: string) => string | undefined

type Step =
  | { readonly op: 'character'; readonly accepts: (character: string) => boolean }
  | { readonly op: 'fork'; first: number; second: number }
  | { readonly op: 'jump'; to: number }
  | { readonly op: 'begin' | 'end' | 'open' | 'close' | 'forget' | 'match' }

/** A part of a pattern: writes its steps. */
interface Part {
  readonly emit: (steps: Step[]) => void
  readonly captures: boolean
  /** It cannot match without taking a character. */
  readonly takes: boolean
}

const maxSteps = 1000
/** One character: a literal, `.`, an escape that means the same everywhere, or a class. */
const characterPattern = /^(?:\\[dDwWsStnrfv/^$\\.*+?()[\]{}|]|\[(?:\\[^]|[^\]\\])*\]|[^\\^$*+?()[\]{}|])/u
const quantifierPattern = /^(?:([*+?])|\{(\d{1,4})(?:(,)(\d{1,4})?)?\})(\?)?/

/**
 * Compiles an ECMAScript pattern with at most one capture group: characters, classes, groups, alternatives, `^`, `$` and
 * quantifiers. It finds what `RegExp` with the flag `u` finds.
 *
 * Matching takes time in proportion to the length of the text times the size of the pattern, whoever wrote both: no step
 * is tried twice at one place of the text. `RegExp` has no such limit, and patterns come from other nodes.
 * @throws `presentation.definition_unsupported` for anything else: no ECMAScript, a second group, back references,
 *   look-around, word boundaries, repeating what may be nothing, as in `(a*)*`, or more than 1000 steps once counted
 *   repeats are written out
 * @see ECMA-262 section 22.2
 */
export function compilePattern(pattern: string): Pattern {
  checkSyntax(pattern)
  const { emit } = parsePattern(pattern)
  const steps: Step[] = []
  emit(steps)
  push(steps, { op: 'match' })
  return (text) => {
    const characters = Array.from(text)
    const found = run(steps, characters)
    return found === undefined ? undefined : characters.slice(found.start, found.end).join('')
  }
}

function checkSyntax(pattern: string): void {
  try {
    new RegExp(pattern, 'u')
  } catch {
    throw unsupported('is not ECMAScript')
  }
}

/** Reads a pattern that is known to be well-formed. */
function parsePattern(pattern: string): Part {
  let rest = pattern
  let groups = 0
  const take = (text: string): boolean => {
    if (!rest.startsWith(text)) return false
    rest = rest.slice(text.length)
    return true
  }

  function readAlternatives(): Part {
    const parts = [readSequence()]
    while (take('|')) parts.push(readSequence())
    return parts.reduceRight((second, first) => either(first, second))
  }

  function readSequence(): Part {
    const parts: Part[] = []
    while (rest !== '' && !rest.startsWith('|') && !rest.startsWith(')')) parts.push(readTerm())
    return inOrder(parts)
  }

  function readTerm(): Part {
    if (take('^')) return step('begin')
    if (take('$')) return step('end')
    const atom = readAtom()
    const quantifier = quantifierPattern.exec(rest)
    if (quantifier === null) return atom
    rest = rest.slice(quantifier[0].length)
    const [, sign, count, comma, limit] = quantifier
    const lazy = quantifier[5] !== undefined
    const least = sign === undefined ? Number(count) : sign === '+' ? 1 : 0
    const most = sign === '?' ? 1 : sign !== undefined || comma !== undefined ? Number(limit ?? Infinity) : least
    return repeated(atom, least, most, lazy)
  }

  function readAtom(): Part {
    if (take('(?:')) return closed(readAlternatives())
    if (rest.startsWith('(?')) throw unsupported('looks around or names a group')
    if (take('(')) {
      groups += 1
      if (groups > 1) throw unsupported('has more than one group that captures')
      const inside = inOrder([step('open'), readAlternatives(), step('close')])
      return closed({ ...inside, captures: true })
    }
    const character = characterPattern.exec(rest)?.[0]
    if (character === undefined) throw unsupported('uses an escape that is not supported')
    rest = rest.slice(character.length)
    const accepts = compileCharacter(character)
    return { emit: (steps) => push(steps, { op: 'character', accepts }), captures: false, takes: true }
  }

  function closed(part: Part): Part {
    take(')')
    return part
  }

  return readAlternatives()
}

const asciiCount = 128

/** Whether `pattern`, which stands for one character, accepts one. What it says of ASCII is remembered as it is asked. */
function compileCharacter(pattern: string): (character: string) => boolean {
  if (pattern.length === 1 && pattern !== '.') return (character) => character === pattern
  const whole = new RegExp(`^(?:${pattern})$`, 'u')
  const ascii: (boolean | undefined)[] = []
  return (character) => {
    const code = character.charCodeAt(0)
    return code < asciiCount ? (ascii[code] ??= whole.test(character)) : whole.test(character)
  }
}

function step(op: 'begin' | 'end' | 'open' | 'close'): Part {
  return { emit: (steps) => push(steps, { op }), captures: false, takes: false }
}

function inOrder(parts: readonly Part[]): Part {
  return {
    emit: (steps) => parts.forEach(({ emit }) => emit(steps)),
    captures: parts.some(({ captures }) => captures),
    takes: parts.some(({ takes }) => takes),
  }
}

function either(first: Part, second: Part): Part {
  return {
    captures: first.captures || second.captures,
    takes: first.takes && second.takes,
    emit(steps) {
      const fork = { op: 'fork' as const, first: steps.length + 1, second: 0 }
      const jump = { op: 'jump' as const, to: 0 }
      push(steps, fork)
      first.emit(steps)
      push(steps, jump)
      fork.second = steps.length
      second.emit(steps)
      jump.to = steps.length
    },
  }
}

/** As ECMAScript counts: every round forgets what the one before captured. */
function repeated(part: Part, least: number, most: number, lazy: boolean): Part {
  if (most > least && !part.takes) throw unsupported('repeats what may be nothing')
  const emitRound = (steps: Step[]): void => {
    if (part.captures) push(steps, { op: 'forget' })
    part.emit(steps)
  }
  const emitFork = (steps: Step[]): ((exit: number) => void) => {
    const into = steps.length + 1
    const fork = { op: 'fork' as const, first: into, second: into }
    push(steps, fork)
    return (exit) => {
      if (lazy) fork.first = exit
      else fork.second = exit
    }
  }
  return {
    captures: part.captures,
    takes: part.takes && least > 0,
    emit(steps) {
      for (let round = 0; round < least; round += 1) {
        const before = steps.length
        emitRound(steps)
        // Nothing a thousand times is nothing.
        if (steps.length === before) break
      }
      if (most === Infinity) {
        const start = steps.length
        const leaveTo = emitFork(steps)
        emitRound(steps)
        push(steps, { op: 'jump', to: start })
        leaveTo(steps.length)
        return
      }
      const leaves: ((exit: number) => void)[] = []
      for (let round = least; round < most; round += 1) {
        leaves.push(emitFork(steps))
        emitRound(steps)
      }
      leaves.forEach((leaveTo) => leaveTo(steps.length))
    },
  }
}

function push(steps: Step[], next: Step): void {
  if (steps.length >= maxSteps) throw unsupported('is too large')
  steps.push(next)
}

interface Thread {
  readonly at: number
  readonly position: number
  readonly opened: number
  readonly group: { readonly start: number; readonly end: number } | undefined
}

/** Tries in the order in which ECMAScript would; what was tried once at a place fails there again, so it is left out. */
function run(
  steps: readonly Step[],
  characters: readonly string[],
): { readonly start: number; readonly end: number } | undefined {
  const places = characters.length + 1
  const tried = new Uint8Array(steps.length * places)
  for (let start = 0; start < places; start += 1) {
    const untried: Thread[] = [{ at: 0, position: start, opened: 0, group: undefined }]
    for (let thread = untried.pop(); thread !== undefined; thread = untried.pop()) {
      let { at, position, opened, group } = thread
      /** False once this thread fails. */
      let goesOn = true
      while (goesOn) {
        const current = steps[at]
        if (current === undefined || tried[at * places + position] === 1) break
        tried[at * places + position] = 1
        at += 1
        switch (current.op) {
          case 'character': {
            const character = characters[position]
            goesOn = character !== undefined && current.accepts(character)
            position += 1
            break
          }
          case 'fork':
            untried.push({ at: current.second, position, opened, group })
            at = current.first
            break
          case 'jump':
            at = current.to
            break
          case 'begin':
            goesOn = position === 0
            break
          case 'end':
            goesOn = position === characters.length
            break
          case 'open':
            opened = position
            break
          case 'close':
            group = { start: opened, end: position }
            break
          case 'forget':
            group = undefined
            break
          case 'match':
            return group ?? { start: 0, end: characters.length }
        }
      }
    }
  }
  return undefined
}

function unsupported(fault: string): NodeError {
  return new NodeError('presentation.definition_unsupported', { notes: [`a pattern of the definition ${fault}`] })
}
