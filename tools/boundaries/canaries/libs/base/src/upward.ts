// expects: libs-base-imports
import '@waymark/domain';
