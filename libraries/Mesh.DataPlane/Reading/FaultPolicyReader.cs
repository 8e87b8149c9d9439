using Google.Protobuf.Collections;
using Google.Protobuf.WellKnownTypes;
using Mesh.DataPlane.Resilience;
using Mesh.DataPlane.Routing;
using Mesh.Xds.Protos;

namespace Mesh.DataPlane.Reading;

/// <summary>Reads shares of requests, and which faults are put into them. Other filters' settings are not this reader's business.</summary>
internal static class FaultPolicyReader
{
    public static FaultPolicy? Read(MapField<string, Any> filters, string field, ResourceFaults faults)
    {
        foreach (var (name, any) in filters)
        {
            var at = $"{field}.typed_per_filter_config['{name}']";
            if (any.Is(HTTPFault.Descriptor) && faults.Unpack<HTTPFault>(any, at) is { } fault)
                return Read(fault, at, faults);
        }

        return null;
    }

    /// <summary>A share of requests, of a million.</summary>
    public static int Share(FractionalPercent? percent)
    {
        if (percent is null)
            return 0;
        var whole = percent.Denominator switch
        {
            FractionalPercent.Types.DenominatorType.TenThousand => 10_000UL,
            FractionalPercent.Types.DenominatorType.Million => 1_000_000UL,
            _ => 100UL,
        };
        return (int)Math.Min(FaultPolicy.Whole, percent.Numerator * (FaultPolicy.Whole / whole));
    }

    private static FaultPolicy Read(HTTPFault fault, string field, ResourceFaults faults)
    {
        var delay = faults.Duration(fault.Delay?.FixedDelay, $"{field}.delay.fixed_delay");
        var http = fault.Abort?.ErrorTypeCase == FaultAbort.ErrorTypeOneofCase.HttpStatus
            ? (int?)Math.Min(fault.Abort.HttpStatus, 1000)
            : null;
        var grpc = fault.Abort?.ErrorTypeCase == FaultAbort.ErrorTypeOneofCase.GrpcStatus
            ? (int?)Math.Min(fault.Abort.GrpcStatus, 1000)
            : null;
        if (http is < 200 or > 599)
            faults.Add($"{field}.abort.http_status", $"{http} is not between 200 and 599");
        if (grpc > GrpcStatus.Unauthenticated)
            faults.Add($"{field}.abort.grpc_status", $"{grpc} is not a gRPC status");
        if (fault.Abort is not null && http is null && grpc is null)
            faults.Add($"{field}.abort", "has neither http_status nor grpc_status");
        return new FaultPolicy
        {
            Delay = delay == TimeSpan.Zero ? null : delay,
            DelayShare = Share(fault.Delay?.Percentage),
            HttpStatus = http,
            GrpcStatus = grpc,
            AbortShare = Share(fault.Abort?.Percentage),
            MaxActive = (int?)Math.Min(fault.MaxActiveFaults ?? uint.MaxValue, int.MaxValue),
            Headers = [.. fault.Headers.Select((h, i) => RouteMatchReader.Header(h, $"{field}.headers[{i}]", faults))],
        };
    }
}
