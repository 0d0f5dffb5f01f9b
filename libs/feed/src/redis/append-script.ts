import { createHash } from 'node:crypto';

/**
 * The one way into a partition (rule F2): compare the stream's last id with the expected one, add the whole batch, trim, and say what is last
 * now. On any difference nothing is added. An empty stream takes any batch: what it held before is gone, and its first entry says so by its
 * `before`. XADD runs first, so a Redis that refuses writes (OOM, READONLY) refuses the script before it has done anything. Ids stay texts:
 * Lua's numbers are exact to 2^53 only. The newest entry is looked at first, because XINFO, which alone knows the last id of a trimmed stream, costs
 * several times as much. Where somebody deleted the newest entries by hand, XADD refuses what is not past them, and the relay asks again.
 *
 *   KEYS[1] stream | ARGV[1] expected last id | ARGV[2] MINID or MAXLEN | ARGV[3] its value | ARGV[4] id | ARGV[5] entry | ...
 */
export const APPEND_SCRIPT = `
local function last_id()
  if redis.call('EXISTS', KEYS[1]) == 0 then return '0-0' end
  local info = redis.call('XINFO', 'STREAM', KEYS[1])
  for index = 1, #info, 2 do
    if info[index] == 'last-generated-id' then return info[index + 1] end
  end
end
if #ARGV < 4 then return last_id() end
local newest = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
if newest == nil or newest[1] ~= ARGV[1] then
  local top = last_id()
  if top ~= '0-0' and top ~= ARGV[1] then return top end
end
for index = 4, #ARGV, 2 do
  redis.call('XADD', KEYS[1], ARGV[index], 'e', ARGV[index + 1])
end
redis.call('XTRIM', KEYS[1], ARGV[2], '~', ARGV[3])
return ARGV[#ARGV - 1]
`;

export const APPEND_SCRIPT_SHA = createHash('sha1').update(APPEND_SCRIPT).digest('hex');
