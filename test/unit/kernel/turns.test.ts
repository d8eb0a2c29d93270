import { setImmediate } from 'node:timers/promises'
import { beforeEach, describe, expect, test } from '@jest/globals'
import { createTurns, type Turns } from '../../../node/kernel/turns.js'

let turns: Turns
let happened: string[]

beforeEach(() => {
  turns = createTurns()
  happened = []
})

/** Work that takes a while and says when it begins and ends. */
function work(name: string): () => Promise<string> {
  return async () => {
    happened.push(`${name} begins`)
    await setImmediate()
    happened.push(`${name} ends`)
    return name
  }
}

const broken = (): Promise<never> => Promise.reject(new Error('broken'))

describe('turns', () => {
  test('under one name do not overlap, in the order in which they were taken', async () => {
    const results = await Promise.all(['a', 'b', 'c'].map((name) => turns.take('one', work(name))))
    expect(results).toEqual(['a', 'b', 'c'])
    expect(happened).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends'])
  })

  test('under different names do not wait for each other', async () => {
    await Promise.all([turns.take('one', work('a')), turns.take('two', work('b'))])
    expect(happened).toEqual(['a begins', 'b begins', 'a ends', 'b ends'])
  })

  test('go on after a failure, which only its own caller hears of', async () => {
    const failure = turns.take('one', broken)
    const next = turns.take('one', work('a'))
    await expect(failure).rejects.toThrow('broken')
    expect(await next).toBe('a')
  })

  test('can be taken from within a turn under another name', async () => {
    expect(await turns.take('outer', () => turns.take('inner', work('a')))).toBe('a')
  })

  test('can be taken again after all have ended', async () => {
    await turns.take('one', work('a'))
    expect(await turns.take('one', work('b'))).toBe('b')
  })
})
