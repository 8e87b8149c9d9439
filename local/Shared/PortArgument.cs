using System.Globalization;

namespace Mesh.Local;

/// <summary><c>--port N</c>, the one argument of a local server.</summary>
internal static class PortArgument
{
    public static int? Parse(string[] args) =>
        args is ["--port", var text] && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            && port is > 0 and <= 65_535
            ? port
            : null;
}
