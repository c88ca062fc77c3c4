-- wrk's side of load.py: hosts drawn at random, every body compared with what its host must answer.
local hosts, expected, requests = {}, {}, {}
local threads = {}

function setup(thread)
  table.insert(threads, thread)
end

function init(args)
  wrong, asked, example = 0, 0, ""
  for line in io.lines(args[1]) do
    local host, answer = line:match("^(%S+) (.+)$")
    expected[host] = answer
    table.insert(requests, wrk.format("GET", nil, {Host = host}))
  end
  math.randomseed(7)
end

function request()
  return requests[math.random(#requests)]
end

function response(status, headers, body)
  local host, answer = body:match("^(%S+) (.+)$")
  if status == 200 and (host == nil or expected[host] ~= answer) then
    wrong = wrong + 1
    example = body:sub(1, 80)
  end
end

function done(summary, latency, rates)
  local wrong, example = 0, ""
  for _, thread in ipairs(threads) do
    wrong = wrong + thread:get("wrong")
    example = thread:get("example")
  end
  local bad = summary.errors
  io.write(string.format(
    '{"operations": %d, "seconds": %.6f, "errors": %d, "wrong": %d, "p50": %.6f, "p99": %.6f, "examples": ["%s"]}\n',
    summary.requests, summary.duration / 1e6, bad.connect + bad.read + bad.write + bad.status + bad.timeout, wrong,
    latency:percentile(50) / 1e6, latency:percentile(99) / 1e6, (example:gsub('[%c"\\]', "?"))))
end
