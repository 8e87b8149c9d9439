using Mesh.Contracts.Discovery;
using Mesh.Contracts.Traffic;
using Mesh.Traffic.Rules;
using Mesh.Xds.Protos;
using Mesh.Xds.Protos.Faults;
using Mesh.Xds.Resources;

namespace Mesh.Traffic.Xds;

/// <summary>Faults made on purpose.</summary>
internal static class FaultCompiler
{
    public static HTTPFault Compile(FaultSpec fault, XdsFlavour flavour, MeshProtocol protocol)
    {
        var made = new HTTPFault();
        if (fault.Delay is { } delay)
            made.Delay = new FaultDelay { FixedDelay = BalancingCompiler.Wire(delay.Fixed), Percentage = Percent(delay.Percent) };
        if (fault.Abort is not { } abort) return made;
        made.Abort = new FaultAbort { Percentage = Percent(abort.Percent) };
        var grpc = abort.GrpcStatus is { } name ? GrpcStatusNames.CodeOf(name) : null;
        // xDS says one of the two.
        if (grpc is { } code && (abort.HttpStatus is null || flavour == XdsFlavour.Grpc || protocol == MeshProtocol.Grpc))
            made.Abort.GrpcStatus = code;
        else made.Abort.HttpStatus = (uint)(abort.HttpStatus ?? 503);
        return made;
    }

    /// <summary>A percentage in the coarsest of the three ways that says it exactly.</summary>
    public static FractionalPercent Percent(double percent)
    {
        var millionths = (uint)Math.Round(percent * 10_000);
        if (millionths % 10_000 == 0)
            return new FractionalPercent { Numerator = millionths / 10_000, Denominator = FractionalPercent.Types.DenominatorType.Hundred };
        return millionths % 100 == 0
            ? new FractionalPercent { Numerator = millionths / 100, Denominator = FractionalPercent.Types.DenominatorType.TenThousand }
            : new FractionalPercent { Numerator = millionths, Denominator = FractionalPercent.Types.DenominatorType.Million };
    }
}
