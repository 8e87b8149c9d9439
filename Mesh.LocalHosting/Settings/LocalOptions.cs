using System.Globalization;

namespace Mesh.LocalHosting.Settings;

/// <summary>What the command line of AppHost says to the local engine.</summary>
/// <param name="PortOffset">Added to every pinned port, so that two meshes fit one machine. <value>0</value></param>
/// <param name="Help">Only the usage is asked for.</param>
/// <param name="Faults">Everything wrong with the arguments, not only the first.</param>
internal sealed record LocalOptions(int PortOffset, bool Help, IReadOnlyList<string> Faults)
{
    /// <summary>The highest pinned port is 7481.</summary>
    private const int MostOffset = 65_535 - 7_481;

    public const string Usage = """
        Usage: dotnet run --project Mesh.AppHost [-- <options>]

          --demo             also start the sample services (hello v1 and v2, greeter), which register themselves
          --port-offset <n>  add n to every port, for a further mesh on this machine (its data goes to .mesh/offset-<n>)
          --help             this text

        Environment: MESH_DATA_DIR (data folder), OTEL_EXPORTER_OTLP_ENDPOINT (send telemetry there), NO_COLOR.
        """;

    public static LocalOptions Parse(IReadOnlyList<string> arguments)
    {
        var (offset, help, faults) = (0, false, new List<string>());
        for (var i = 0; i < arguments.Count; i++)
        {
            var (name, value) = arguments[i].Split('=', 2) is [var left, var right] ? (left, right) : (arguments[i], null);
            switch (name)
            {
                case "--demo" when value is null:
                    break; // AppHost.cs reads it
                case "--help" or "-h" or "-?" when value is null:
                    help = true;
                    break;
                case "--port-offset":
                    value ??= i + 1 < arguments.Count ? arguments[++i] : null;
                    if (!int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out offset) || offset > MostOffset)
                        faults.Add($"--port-offset wants a number from 0 to {MostOffset}, not '{value}'.");
                    break;
                default:
                    faults.Add($"'{arguments[i]}' is no option.");
                    break;
            }
        }

        return new LocalOptions(offset, help, faults);
    }
}
