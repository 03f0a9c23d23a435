-- One key after the other. Arguments: how keys begin, and how many there are.
local requests = {}
local at = 0

function init(args)
  for i = 1, tonumber(args[2]) do
    requests[i] = wrk.format("GET", "/hello", {["X-API-Key"] = args[1] .. (i - 1)})
  end
end

function request()
  at = at % #requests + 1
  return requests[at]
end
