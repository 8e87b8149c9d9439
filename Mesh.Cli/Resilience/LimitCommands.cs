using System.CommandLine;
using Mesh.Cli.Running;
using Mesh.Contracts.Rest;

namespace Mesh.Cli.Resilience;

/// <summary><c>resilience set-circuit-breaker</c>, <c>enable-bulkhead</c> and <c>set-rate-limit</c> (Flow step 1).</summary>
internal static class LimitCommands
{
    public static MeshCommand CircuitBreaker(GlobalOptions globals)
    {
        var threshold = PolicyCommand.Number("--threshold", "Failures of an instance in a row until it is ejected [default: 5]");
        var connections = PolicyCommand.Number("--max-connections", "Connections at a time");
        var pending = PolicyCommand.Number("--max-pending-requests", "Requests that wait for a connection");
        var requests = PolicyCommand.Number("--max-requests", "Active requests");
        var retries = PolicyCommand.Number("--max-retries", "Active retries [default: 20 % of the requests, at least 3]");
        return PolicyCommand.Create(
            globals, "set-circuit-breaker", "circuit-breaker",
            "Ejects failing instances of a service, and limits its connections and requests.",
            ["--service=shop --threshold=5", "--service=shop --threshold=5 --max-requests=100"],
            [threshold, connections, pending, requests, retries],
            (parsed, name, @namespace) => new CircuitBreakerRequest
            {
                Service = name,
                Namespace = @namespace,
                Threshold = parsed.GetValue(threshold),
                MaxConnections = parsed.GetValue(connections),
                MaxPendingRequests = parsed.GetValue(pending),
                MaxRequests = parsed.GetValue(requests),
                MaxRetries = parsed.GetValue(retries),
            },
            static (api, request, write, cancellation) => api.SetCircuitBreakerAsync(request, write, cancellation));
    }

    public static MeshCommand Bulkhead(GlobalOptions globals)
    {
        var concurrent = PolicyCommand.Number("--max-concurrent", "Active requests [default: 50]");
        var queued = PolicyCommand.Number("--max-queued", "Requests that wait [default: 10]");
        return PolicyCommand.Create(
            globals, "enable-bulkhead", "bulkhead", "Limits the active requests to a service.",
            ["--service=shop", "--service=shop --max-concurrent=50 --max-queued=10"], [concurrent, queued],
            (parsed, name, @namespace) => new BulkheadRequest { Service = name, Namespace = @namespace,
                MaxConcurrent = parsed.GetValue(concurrent), MaxQueued = parsed.GetValue(queued) },
            static (api, request, write, cancellation) => api.SetBulkheadAsync(request, write, cancellation));
    }

    public static MeshCommand RateLimit(GlobalOptions globals)
    {
        var requests = PolicyCommand.Number("--requests", "Requests in each unit");
        requests.Required = true;
        var unit = PolicyCommand.Text("--unit", "second, minute or hour [default: second]", "unit");
        unit.CompletionSources.Add("second", "minute", "hour");
        var burst = PolicyCommand.Number("--burst", "Requests that may arrive at once [default: as many as in a unit]");
        var scope = PolicyCommand.Text("--scope", "local: each data plane counts; global: all together [default: local]", "scope");
        scope.CompletionSources.Add("local", "global");
        return PolicyCommand.Create(
            globals, "set-rate-limit", "rate-limit", "Limits how many requests pass per unit of time.",
            ["--service=shop --requests=100", "--service=shop --requests=600 --unit=minute --burst=20"], [requests, unit, burst, scope],
            (parsed, name, @namespace) => new RateLimitRequest
            {
                Service = name,
                Namespace = @namespace,
                Requests = parsed.GetValue(requests),
                Unit = parsed.GetValue(unit),
                Burst = parsed.GetValue(burst),
                Scope = parsed.GetValue(scope),
            },
            static (api, request, write, cancellation) => api.SetRateLimitAsync(request, write, cancellation));
    }
}
