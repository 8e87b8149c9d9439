using System.CommandLine;
using Mesh.Cli.Running;
using Mesh.Contracts.Rest;

namespace Mesh.Cli.Resilience;

/// <summary><c>resilience set-outlier-detection</c> (Flow step 1).</summary>
internal static class OutlierCommand
{
    public static MeshCommand Create(GlobalOptions globals)
    {
        var errors = PolicyCommand.Number("--consecutive-5xx", "5xx responses in a row [default: 5, if no other criterion is set]");
        var gateway = PolicyCommand.Number("--consecutive-gateway-errors", "Gateway errors in a row");
        var interval = PolicyCommand.Text("--interval", "Time between two evaluations [default: 10s]");
        var first = PolicyCommand.Text("--base-ejection-time", "How long the first ejection lasts [default: 30s]");
        var longest = PolicyCommand.Text("--max-ejection-time", "How long an ejection lasts at most [default: 5m]");
        var share = PolicyCommand.Number("--max-ejected-percent", "Share of the instances that may be out at a time [default: 10]");
        var rate = new Option<bool>("--success-rate") { Description = "Compare success rates of instances with each other" };
        var failures = PolicyCommand.Number("--failure-percentage", "Eject an instance that fails more than this share of its requests");
        return PolicyCommand.Create(
            globals, "set-outlier-detection", "outlier-detection", "Sets how failing instances of a service are detected.",
            ["--service=shop --consecutive-5xx=5", "--service=shop --success-rate --max-ejected-percent=50"],
            [errors, gateway, interval, first, longest, share, rate, failures],
            (parsed, name, @namespace) => new OutlierDetectionRequest
            {
                Service = name,
                Namespace = @namespace,
                Consecutive5xx = parsed.GetValue(errors),
                ConsecutiveGatewayErrors = parsed.GetValue(gateway),
                Interval = parsed.GetValue(interval),
                BaseEjectionTime = parsed.GetValue(first),
                MaxEjectionTime = parsed.GetValue(longest),
                MaxEjectedPercent = parsed.GetValue(share),
                SuccessRate = parsed.GetValue(rate) ? new SuccessRateRequest() : null,
                FailurePercentage = parsed.GetValue(failures) is { } percent ? new FailurePercentageRequest { Threshold = percent } : null,
            },
            static (api, request, write, cancellation) => api.SetOutlierDetectionAsync(request, write, cancellation));
    }
}
