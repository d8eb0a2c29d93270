/** The reading worker from its source: tests have no compiled one. */
import { register } from 'node:module'

register('./ts-loader.mjs', import.meta.url)
await import('../../node/discovery/index/reading-worker.ts')
