import { z } from 'zod'

/**
 * On which consent a grant rests. Networks after Nuts v5 write `implied`, those after iWlz RFC0006 `implicit`; both are
 * read, and each type writes its own.
 */
export const consentType = z.enum(['implicit', 'implied', 'explicit'])
