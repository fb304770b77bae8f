-- Review callbacks for attempts at random; no two bodies are the same.
dofile(os.getenv("BENCH_FOLDER") .. "/done.lua")

local attempts = tonumber(os.getenv("BENCH_ATTEMPTS"))
local seed = tonumber(os.getenv("BENCH_SEED")) * 100 + tonumber(os.getenv("BENCH_PART"))
local headers = {
  ["Authorization"] = "JWT " .. os.getenv("BENCH_TOKEN"),
  ["Content-Type"] = "application/json",
}
local bodies, sent = {}, 0

function init(args)
  math.randomseed(seed)
  for line in io.lines(os.getenv("BENCH_BODIES")) do
    local before, after = line:match("^(.*)@NUMBER@(.*)$")
    bodies[#bodies + 1] = { before, after }
  end
end

function request()
  sent = sent + 1
  local body = bodies[math.random(#bodies)]
  local path = "/api/edx_proctoring/v1/proctored_exam/attempt/bench-"
    .. math.random(0, attempts - 1) .. "/reviewed"
  return wrk.format("POST", path, headers, body[1] .. seed .. "-" .. sent .. body[2])
end
