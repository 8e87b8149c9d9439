
namespace Mesh.Kernel.Settings;

/// <summary>A setting that a host cannot use. Its message names the setting, what it says and what it should.</summary>
public sealed class SettingException(string message, Exception? cause = null) : Exception(message, cause);
