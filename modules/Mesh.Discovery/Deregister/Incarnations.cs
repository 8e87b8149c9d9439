using Mesh.Discovery.State;
using Mesh.Kernel.Commands;

namespace Mesh.Discovery.Deregister;

/// <summary>Keeps a process that has been replaced from speaking for its successor.</summary>
public static class Incarnations
{
    /// <summary>Null if <paramref name="named"/> is the instance's incarnation or 0, else the refusal.</summary>
    public static Refusal? Check(InstanceState instance, long named) =>
        named == 0 || named == instance.Incarnation
            ? null
            : Refusal.Of(RefusalKind.Conflict, "incarnation", named < instance.Incarnation ? "older-incarnation" : "unknown-incarnation",
                $"Instance {instance.Id} is of incarnation {instance.Incarnation}, not {named}: another process has registered it "
                    + "since. Register again to reclaim it.");
}
