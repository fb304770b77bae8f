-- Creates attempts: every learner at the first exam, then every learner at the second …
dofile(os.getenv("BENCH_FOLDER") .. "/done.lua")

local people = tonumber(os.getenv("BENCH_PEOPLE"))
local part, parts = tonumber(os.getenv("BENCH_PART")), tonumber(os.getenv("BENCH_PARTS"))
local number = tonumber(os.getenv("BENCH_FIRST")) + part - parts
local token = os.getenv("BENCH_TOKEN")

function request()
  number = number + parts
  local exam = math.floor(number / people) + 1
  local body = string.format('{"exam_id": %d, "user_id": "user-%d"}', exam, number % people)
  local headers = {
    ["Authorization"] = "Bearer " .. token,
    ["Content-Type"] = "application/json",
    ["Idempotency-Key"] = "bench-" .. number,
  }
  return wrk.format("POST", "/api/v1/attempts", headers, body)
end
