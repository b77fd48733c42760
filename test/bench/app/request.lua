-- The request that wrk sends, from the environment.
wrk.method = os.getenv("METHOD")
wrk.headers["Cookie"] = os.getenv("COOKIE")
if wrk.method == "POST" then
  wrk.body = os.getenv("BODY")
  wrk.headers["Content-Type"] = "application/json"
end
